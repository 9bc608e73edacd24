import { firstWidths, readFirstRows } from "./csv-rows.ts";
import type { CsvRow, CsvSyntax } from "./csv-slicer.ts";
import type { CsvDialect, FormatSettings } from "./format-settings.ts";

/** In the order of preference when several fit equally well. */
const DELIMITERS = [",", ";", "\t", "|"] as const;

/** Rows that are looked at to find out how a table is written. */
const SAMPLE_ROWS = 200;

/** Share of the rows that must have the same number of fields before a delimiter is believed. */
const MIN_AGREEMENT = 0.8;

const DEFAULT_QUOTE = '"';

/** How a table is written, from its beginning. `sample` ends at the end of a line, or of the file. */
export function detectCsvDialect(sample: Buffer, settings: FormatSettings): CsvDialect {
  const newline = sample.includes("\r") && !sample.includes("\n") ? "\r" : "\n";
  const quote = settings.quote ?? DEFAULT_QUOTE;
  const fixed = settings.delimiter ?? (settings.format === "tsv" ? "\t" : undefined);
  const delimiter = fixed ?? detectDelimiter(sample, { quote, newline });
  const header = typeof settings.header === "boolean" ? settings.header : settings.header === undefined;
  const dialect: CsvDialect = { format: "csv", delimiter, newline, header };
  if (settings.header !== undefined) return dialect;
  const [first, ...rest] = readFirstRows(sample, csvSyntax(dialect, settings), SAMPLE_ROWS).rows;
  return { ...dialect, header: first === undefined || looksLikeHeader(first, rest) };
}

export function csvSyntax(dialect: CsvDialect, settings: FormatSettings): CsvSyntax {
  const { delimiter, newline } = dialect;
  const syntax: CsvSyntax = { delimiter, newline, quote: settings.quote ?? DEFAULT_QUOTE };
  const nulls = settings.null_values;
  const usual = nulls === undefined || (nulls.length === 1 && nulls[0] === "");
  return usual ? syntax : { ...syntax, nulls: new Set(nulls) };
}

function detectDelimiter(sample: Buffer, syntax: Omit<CsvSyntax, "delimiter">): string {
  let best: { delimiter: string; width: number; agreement: number } | undefined;
  for (const delimiter of DELIMITERS) {
    const { width, agreement } = commonWidth(firstWidths(sample, { ...syntax, delimiter }, SAMPLE_ROWS));
    if (width < 2 || agreement < MIN_AGREEMENT) continue;
    const better =
      best === undefined || agreement > best.agreement || (agreement === best.agreement && width > best.width);
    if (better) best = { delimiter, width, agreement };
  }
  return best?.delimiter ?? DELIMITERS[0];
}

/** The most frequent number of fields, and the share of rows that have it. */
function commonWidth(widths: readonly number[]): { width: number; agreement: number } {
  const counts = new Map<number, number>();
  for (const width of widths) counts.set(width, (counts.get(width) ?? 0) + 1);
  let width = 0;
  for (const [candidate, count] of counts) if (count > (counts.get(width) ?? 0)) width = candidate;
  return { width, agreement: widths.length === 0 ? 0 : (counts.get(width) ?? 0) / widths.length };
}

/**
 * A first row of nothing but numbers is data. Otherwise it is a header when some column is text there and has a type in
 * all rows below, and data when a column has a type there and below; when nothing tells, it is a header.
 */
function looksLikeHeader(first: CsvRow, rest: readonly CsvRow[]): boolean {
  if (first.every((field) => kindOf(field) === "number")) return false;
  if (rest.length === 0) return !first.some(hasType);
  let typedAboveAndBelow = false;
  for (let column = 0; column < first.length; column++) {
    const below = rest.map((row) => row[column] ?? null).filter((field) => field !== null && field !== "");
    if (below.length === 0 || !below.every(hasType)) continue;
    if (kindOf(first[column] ?? null) === "text") return true;
    if (hasType(first[column] ?? null)) typedAboveAndBelow = true;
  }
  return !typedAboveAndBelow;
}

function hasType(field: string | null): boolean {
  const kind = kindOf(field);
  return kind !== "empty" && kind !== "text";
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const DATE = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$/;
const BOOLEAN = /^(true|false)$/i;

function kindOf(field: string | null): "empty" | "number" | "date" | "boolean" | "text" {
  if (field === null || field === "") return "empty";
  if (NUMBER.test(field)) return "number";
  if (DATE.test(field)) return "date";
  return BOOLEAN.test(field) ? "boolean" : "text";
}
