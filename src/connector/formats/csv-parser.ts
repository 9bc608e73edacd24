import { ConnectorError } from "../connector-error.ts";
import type { Reject } from "../define-connector.ts";
import { csvSyntax } from "./csv-dialect.ts";
import { readFirstRows } from "./csv-rows.ts";
import { type CsvRow, CsvSlicer, UNCLOSED } from "./csv-slicer.ts";
import { assertUtf8 } from "./encoding.ts";
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
  const lines = bytes.subarray(0, final ? bytes.length : lineBytes(bytes, dialect.newline));
  if (lines.length === 0 && !final) return undefined;
  assertUtf8(lines, { name, offset: 0, line: 1 });
  const read = readFirstRows(lines, csvSyntax(dialect, settings), 1);
  const [first = []] = read.rows;
  if (first.length === 0 && !final) return undefined;
  if (read.openQuoteLine !== undefined) throw unclosed(name, read.openQuoteLine);
  if (!dialect.header) return { columns: numbered(first.length), bytes: 0, lines: 0 };
  return { columns: columnNames(first), bytes: read.end, lines: read.lines };
}

/** Rows as slices of text, and nulls. Its places are line numbers. */
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
  readonly #newline: string;
  readonly #slicer: CsvSlicer;
  readonly #fill: boolean;
  #lines: number;

  constructor(start: ParserStart, head: CsvHead, table: { dialect: CsvDialect; settings: FormatSettings }) {
    this.#name = start.name;
    this.#columns = head.columns;
    this.#newline = table.dialect.newline;
    this.#slicer = new CsvSlicer(csvSyntax(table.dialect, table.settings), head.columns.length);
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
    const lines = bytes.subarray(0, final ? bytes.length : lineBytes(bytes, this.#newline));
    if (lines.length === 0 && !final) return { consumed: 0, rows: [], rejects: [], places: [] };
    assertUtf8(lines, { name: this.#name, offset, line: this.#lines + 1 });
    return this.#readRows(lines, final);
  }

  #readRows(lines: Buffer, final: boolean): Parsed {
    const slicer = this.#slicer;
    const rejects: Reject[] = [];
    const places: number[] = [];
    let start = 0;
    slicer.open(lines);
    while (start < lines.length) {
      const next = slicer.read(start);
      if (next === UNCLOSED) {
        this.#assertMayGoOn(final, lines.length - start);
        break;
      }
      const place = this.#lines + 1;
      const isBlank = slicer.end === start && this.#columns.length !== 1;
      const reason = isBlank ? undefined : (slicer.problem ?? this.#misfit(slicer.fields));
      if (reason !== undefined) {
        const text = lines.toString("utf8", start, slicer.end);
        rejects.push({ position: this.positionOf(place), reason, text, before: places.length });
      } else if (!isBlank) {
        slicer.keep();
        places.push(place);
      }
      this.#lines += slicer.lines;
      start = next;
    }
    const sliced = slicer.close(this.#columns);
    if (places.length > 0) return { sliced, rejects, places, consumed: start };
    sliced.release();
    return { rows: [], rejects, places, consumed: start };
  }

  /** A quote that is not closed yet may be, further on. */
  #assertMayGoOn(final: boolean, left: number): void {
    if (final || left > MAX_RECORD_BYTES) throw unclosed(this.#name, this.#lines + this.#slicer.lines);
  }

  /** Why a row of so many fields does not fit; one that is too short is filled up where that is wanted. */
  #misfit(fields: number): string | undefined {
    const width = this.#columns.length;
    if (fields === width || (this.#fill && fields < width)) return undefined;
    return `${counted(fields)} where there are ${width} columns`;
  }
}

/** Bytes of the whole lines. */
function lineBytes(bytes: Buffer, newline: string): number {
  return bytes.lastIndexOf(newline.charCodeAt(0)) + 1;
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
