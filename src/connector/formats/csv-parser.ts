import { ConnectorError } from "../connector-error.ts";
import type { Reject } from "../define-connector.ts";
import { csvSyntax } from "./csv-dialect.ts";
import { type CsvRow, type CsvSyntax, type ScannedRows, type ScanOptions, scanRows } from "./csv-rows.ts";
import { decodeUtf8 } from "./encoding.ts";
import { type FormatParser, MAX_RECORD_BYTES, type Parsed, type ParserStart } from "./format-parser.ts";
import type { CsvDialect, FormatSettings } from "./format-settings.ts";

/** The columns of a table and how much of the file its header takes. */
export interface CsvHead {
  columns: readonly string[];
  /** Bytes of the header row, with its newline; 0 without one. */
  bytes: number;
  /** Lines of the header row. */
  lines: number;
}

/**
 * Reads the header, or counts the first row's columns. Undefined when the first row is not complete in `bytes`, the
 * beginning of the file; `final`: they are the whole file.
 */
export function readCsvHead(
  bytes: Buffer,
  final: boolean,
  table: { name: string; dialect: CsvDialect; settings: FormatSettings },
): CsvHead | undefined {
  const { name, dialect, settings } = table;
  if (Array.isArray(settings.header)) return { columns: settings.header, bytes: 0, lines: 0 };
  const text = decodeLines(bytes, final, dialect.newline, { name, offset: 0, line: 1 });
  if (text === undefined) return undefined;
  const scanned = scanRows(text, csvSyntax(dialect, settings), { line: 1, limit: 1, blankIsRow: false });
  const [first = []] = scanned.rows;
  if (first.length === 0 && !final) return undefined;
  if (scanned.openQuoteLine !== undefined) throw unclosed(name, scanned.openQuoteLine);
  if (!dialect.header) return { columns: numbered(first.length), bytes: 0, lines: 0 };
  const bytesUsed = Buffer.byteLength(text.slice(0, scanned.end));
  return { columns: columnNames(first), bytes: bytesUsed, lines: scanned.line - 1 };
}

/** Rows as lists of texts and nulls. Its places are line numbers. */
export function createCsvParser(
  start: ParserStart,
  head: CsvHead,
  table: { dialect: CsvDialect; settings: FormatSettings },
): FormatParser {
  return new CsvParser(start, head, table);
}

class CsvParser implements FormatParser {
  readonly #name: string;
  readonly #columns: readonly string[];
  readonly #syntax: CsvSyntax;
  readonly #fill: boolean;
  #lines: number;

  constructor(start: ParserStart, head: CsvHead, table: { dialect: CsvDialect; settings: FormatSettings }) {
    this.#name = start.name;
    this.#columns = head.columns;
    this.#syntax = csvSyntax(table.dialect, table.settings);
    this.#fill = table.settings.on_ragged === "fill";
    this.#lines = start.place;
  }

  get place(): number {
    return this.#lines;
  }

  positionOf(place: number): string {
    return `${this.#name}:${place}`;
  }

  parse(bytes: Buffer, offset: number, final: boolean): Parsed {
    const line = this.#lines + 1;
    const text = decodeLines(bytes, final, this.#syntax.newline, { name: this.#name, offset, line });
    if (text === undefined) return nothing(this.#columns);
    const scanned = scanRows(text, this.#syntax, this.#scanOptions(line));
    this.#assertClosed(scanned, final, text.length - scanned.end);
    this.#lines = scanned.line - 1;
    const consumed = scanned.end === text.length ? undefined : Buffer.byteLength(text.slice(0, scanned.end));
    return { ...this.#table(scanned), consumed: consumed ?? lineBytes(bytes, final, this.#syntax.newline) };
  }

  #scanOptions(line: number): ScanOptions {
    const width = this.#columns.length;
    return { line, width, blankIsRow: width === 1 };
  }

  #assertClosed(scanned: ScannedRows, final: boolean, left: number): void {
    if (scanned.openQuoteLine === undefined) return;
    if (final || left > MAX_RECORD_BYTES) throw unclosed(this.#name, scanned.openQuoteLine);
  }

  #table(scanned: ScannedRows): Omit<Parsed, "consumed"> {
    if (scanned.odd.length > 0) return this.#separate(scanned);
    return { columns: this.#columns, values: scanned.rows, untyped: true, rejects: [], places: scanned.lines };
  }

  /** Takes the rows that do not fit the columns out. */
  #separate({ rows, lines, odd }: ScannedRows): Omit<Parsed, "consumed"> {
    const oddRows = new Map(odd.map((row) => [row.index, row]));
    const values: CsvRow[] = [];
    const places: number[] = [];
    const rejects: Reject[] = [];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i] as CsvRow;
      const place = lines[i] as number;
      const found = oddRows.get(i);
      const reason = found === undefined ? undefined : (found.reason ?? this.#misfit(row));
      if (found === undefined || reason === undefined) {
        values.push(row);
        places.push(place);
      } else {
        rejects.push({ position: this.positionOf(place), reason, text: found.text });
      }
    }
    return { columns: this.#columns, values, untyped: true, rejects, places };
  }

  /** Why the row does not fit; a row that is too short is filled up where that is wanted. */
  #misfit(row: CsvRow): string | undefined {
    const width = this.#columns.length;
    if (row.length === width) return undefined;
    if (!this.#fill || row.length > width) return `${counted(row.length)} where there are ${width} columns`;
    while (row.length < width) row.push(null);
    return undefined;
  }
}

function nothing(columns: readonly string[]): Parsed {
  return { consumed: 0, columns, values: [], untyped: true, rejects: [], places: [] };
}

function lineBytes(bytes: Buffer, final: boolean, newline: string): number {
  return final ? bytes.length : bytes.lastIndexOf(newline.charCodeAt(0)) + 1;
}

/** The text of the whole lines; undefined when there is not even one. */
function decodeLines(
  bytes: Buffer,
  final: boolean,
  newline: string,
  place: { name: string; offset: number; line: number },
): string | undefined {
  const length = lineBytes(bytes, final, newline);
  return length === 0 && !final ? undefined : decodeUtf8(bytes.subarray(0, length), place);
}

function counted(fields: number): string {
  return fields === 1 ? "1 field" : `${fields} fields`;
}

function unclosed(name: string, line: number): ConnectorError {
  return new ConnectorError(
    "source_format",
    `reading ${name}: the quote that opens on line ${line} is never closed. Close it in the file, or set the option \`quote\` ("" if nothing is quoted).`,
    { details: { file: name, line } },
  );
}

/** Names as they stand, without blanks around them; an empty one gets its number, a second one of its kind a suffix. */
function columnNames(header: CsvRow): string[] {
  const given = header.map((name, index) => name?.trim() || `column_${index + 1}`);
  const taken = new Set(given);
  const used = new Set<string>();
  return given.map((name) => {
    const unique = used.has(name) ? freeName(name, taken) : name;
    taken.add(unique);
    used.add(unique);
    return unique;
  });
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let suffix = 2;
  while (taken.has(`${name}_${suffix}`)) suffix++;
  return `${name}_${suffix}`;
}

function numbered(width: number): string[] {
  return Array.from({ length: width }, (_, index) => `column_${index + 1}`);
}
