/** How the text of a table is written. */
export interface CsvSyntax {
  delimiter: string;
  /** Empty: nothing is quoted. */
  quote: string;
  newline: "\n" | "\r";
  /** Unquoted fields with one of these texts are null; undefined: just the empty one, which is the fastest. */
  nulls?: ReadonlySet<string>;
}

export type CsvRow = (string | null)[];

export interface ScannedRows {
  rows: CsvRow[];
  /** Line number of each row's first line, counting from the `line` that was given. */
  lines: number[];
  /** Rows that are not as wide as they should be, or are wrongly quoted (with a reason): index in `rows`, and text. */
  odd: { index: number; reason?: string; text: string }[];
  /** Index in the text behind the last complete row. */
  end: number;
  /** Number of the line that stands at `end`. */
  line: number;
  /** Set when the text ends inside a quoted field: the line where the quote opened. */
  openQuoteLine?: number;
}

export interface ScanOptions {
  /** Number of the text's first line. */
  line: number;
  /** Stop after so many rows. */
  limit?: number;
  /** Fields that a row should have; rows with another number are listed in `odd`. */
  width?: number;
  /** A blank line is a row with one null (a table of one column), not nothing. */
  blankIsRow: boolean;
}

/**
 * The rows of a text that ends at the end of a line or of the file. One pass, no look at a character twice:
 * the next delimiter, newline and quote are each remembered until they are passed.
 */
export function scanRows(text: string, syntax: CsvSyntax, options: ScanOptions): ScannedRows {
  const quoted = syntax.quote !== "" && text.includes(syntax.quote);
  return quoted ? new QuotedScan(text, syntax, options).run() : scanPlain(text, syntax, options);
}

/** Texts without a quote: every newline ends a row. */
function scanPlain(text: string, syntax: CsvSyntax, options: ScanOptions): ScannedRows {
  const { delimiter, newline, nulls } = syntax;
  const { limit = Number.POSITIVE_INFINITY, width, blankIsRow } = options;
  const length = text.length;
  const rows: CsvRow[] = [];
  const lines: number[] = [];
  const odd: ScannedRows["odd"] = [];
  let line = options.line;
  let start = 0;
  let comma = indexOrEnd(text, delimiter, 0);
  while (start < length && rows.length < limit) {
    const stop = indexOrEnd(text, newline, start);
    const end = lineEnd(text, start, stop);
    if (end > start || blankIsRow) {
      const rowStart = start;
      const row: CsvRow = [];
      while (comma < end) {
        row.push(comma === start ? null : text.slice(start, comma));
        start = comma + 1;
        comma = indexOrEnd(text, delimiter, start);
      }
      row.push(start === end ? null : text.slice(start, end));
      if (width !== undefined && row.length !== width)
        odd.push({ index: rows.length, text: text.slice(rowStart, end) });
      rows.push(nulls === undefined ? row : withNulls(row, nulls));
      lines.push(line);
    }
    start = stop + 1;
    line++;
  }
  return { rows, lines, odd, end: Math.min(start, length), line };
}

/** Where the content of a line stops: before the carriage return of a CRLF. */
function lineEnd(text: string, start: number, stop: number): number {
  return stop > start && text.charCodeAt(stop - 1) === CARRIAGE_RETURN ? stop - 1 : stop;
}

const CARRIAGE_RETURN = 13;

function indexOrEnd(text: string, search: string, from: number): number {
  const at = text.indexOf(search, from);
  return at === -1 ? text.length : at;
}

/** Empty fields come as null; here they are what the list says. */
function withNulls(row: CsvRow, nulls: ReadonlySet<string>): CsvRow {
  for (let i = 0; i < row.length; i++) {
    const field = row[i] ?? "";
    row[i] = nulls.has(field) ? null : field;
  }
  return row;
}

/** The state of a scan through text with quotes; a class so that its hot fields need no closure. */
class QuotedScan {
  readonly #text: string;
  readonly #syntax: CsvSyntax;
  readonly #options: ScanOptions;
  readonly #quote: number;
  readonly #rows: CsvRow[] = [];
  readonly #lines: number[] = [];
  readonly #odd: ScannedRows["odd"] = [];
  #at = 0;
  #line: number;
  #comma = -1;
  #newline = -1;

  constructor(text: string, syntax: CsvSyntax, options: ScanOptions) {
    this.#text = text;
    this.#syntax = syntax;
    this.#options = options;
    this.#quote = syntax.quote.charCodeAt(0);
    this.#line = options.line;
  }

  run(): ScannedRows {
    const limit = this.#options.limit ?? Number.POSITIVE_INFINITY;
    while (this.#at < this.#text.length && this.#rows.length < limit) {
      const rowStart = this.#at;
      const rowLine = this.#line;
      const openQuoteLine = this.#row(rowStart, rowLine);
      if (openQuoteLine !== undefined) return this.#result(rowStart, rowLine, openQuoteLine);
    }
    return this.#result(this.#at, this.#line);
  }

  #result(end: number, line: number, openQuoteLine?: number): ScannedRows {
    const found = { rows: this.#rows, lines: this.#lines, odd: this.#odd, end, line };
    return openQuoteLine === undefined ? found : { ...found, openQuoteLine };
  }

  /** Reads one row. Returns the line of a quote that is not closed, if there is one; the row does not count then. */
  #row(rowStart: number, rowLine: number): number | undefined {
    const text = this.#text;
    const row: CsvRow = [];
    let reason: string | undefined;
    let more = true;
    while (more) {
      if (text.charCodeAt(this.#at) === this.#quote && this.#at < text.length) {
        const openedAt = this.#line;
        const field = this.#quotedField();
        if (field === undefined) return openedAt;
        row.push(field);
        if (!this.#atFieldEnd()) reason = "text behind a closing quote";
        if (reason !== undefined) this.#at = this.#fieldEnd();
      } else {
        const end = this.#fieldEnd();
        row.push(this.#plainField(this.#at, end));
        this.#at = end;
      }
      more = this.#at === this.#comma && this.#comma < this.#newline;
      this.#at = more ? this.#comma + 1 : this.#newline + 1;
    }
    this.#line++;
    this.#add(row, { start: rowStart, line: rowLine, reason });
    return undefined;
  }

  #add(row: CsvRow, at: { start: number; line: number; reason: string | undefined }): void {
    const end = Math.min(this.#at - 1, this.#text.length);
    const content = lineEnd(this.#text, at.start, end);
    this.#at = Math.min(this.#at, this.#text.length);
    if (content === at.start && !this.#options.blankIsRow) return;
    const { width = row.length } = this.#options;
    if (at.reason !== undefined || row.length !== width) {
      const text = this.#text.slice(at.start, content);
      this.#odd.push({ index: this.#rows.length, text, ...(at.reason === undefined ? {} : { reason: at.reason }) });
    }
    this.#rows.push(row);
    this.#lines.push(at.line);
  }

  /** Reads from an opening quote to behind the closing one; undefined when that is missing. */
  #quotedField(): string | undefined {
    const text = this.#text;
    const { quote } = this.#syntax;
    const start = this.#at + 1;
    let close = text.indexOf(quote, start);
    let doubled = false;
    while (close !== -1 && text.charCodeAt(close + 1) === this.#quote) {
      doubled = true;
      close = text.indexOf(quote, close + 2);
    }
    if (close === -1) return undefined;
    this.#countLines(close);
    this.#at = close + 1;
    const field = text.slice(start, close);
    return doubled ? field.replaceAll(quote + quote, quote) : field;
  }

  /** Counts the newlines of a quoted field that ends at `close`. */
  #countLines(close: number): void {
    this.#findNewline();
    while (this.#newline < close) {
      this.#line++;
      this.#newline = indexOrEnd(this.#text, this.#syntax.newline, this.#newline + 1);
    }
  }

  #atFieldEnd(): boolean {
    const end = this.#fieldEnd();
    return this.#at === end || (end === this.#newline && this.#at === lineEnd(this.#text, this.#at, end));
  }

  /** Where the field that `at` stands in stops: at the next delimiter or newline. */
  #fieldEnd(): number {
    this.#findNewline();
    if (this.#comma < this.#at) this.#comma = indexOrEnd(this.#text, this.#syntax.delimiter, this.#at);
    return Math.min(this.#comma, this.#newline);
  }

  #findNewline(): void {
    if (this.#newline < this.#at) this.#newline = indexOrEnd(this.#text, this.#syntax.newline, this.#at);
  }

  #plainField(start: number, end: number): string | null {
    const stop = end === this.#newline ? lineEnd(this.#text, start, end) : end;
    const { nulls } = this.#syntax;
    if (start === stop) return nulls === undefined || nulls.has("") ? null : "";
    const field = this.#text.slice(start, stop);
    return nulls?.has(field) ? null : field;
  }
}
