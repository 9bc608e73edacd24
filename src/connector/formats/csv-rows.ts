import { type CsvRow, CsvSlicer, type CsvSyntax, UNCLOSED } from "./csv-slicer.ts";

/** How far the first rows of a table go. */
export interface RowsRead {
  /** Bytes up to behind the last row that was read. */
  end: number;
  /** Lines up to there. */
  lines: number;
  /** Set when the bytes end inside a quoted field: the line where the quote opened. */
  openQuoteLine?: number;
}

/** Up to `limit` rows from the beginning of a table, without blank lines. The bytes end with a line, or with the file. */
export function readFirstRows(
  bytes: Uint8Array,
  syntax: CsvSyntax,
  limit: number,
): RowsRead & { rows: readonly CsvRow[] } {
  const rows: CsvRow[] = [];
  return { ...forFirstRows(bytes, syntax, limit, (row) => rows.push(row.texts())), rows };
}

/** How many fields each of these rows has. */
export function firstWidths(bytes: Uint8Array, syntax: CsvSyntax, limit: number): number[] {
  const widths: number[] = [];
  forFirstRows(bytes, syntax, limit, ({ fields }) => widths.push(fields));
  return widths;
}

function forFirstRows(bytes: Uint8Array, syntax: CsvSyntax, limit: number, visit: (row: CsvSlicer) => void): RowsRead {
  const slicer = new CsvSlicer(syntax, 0);
  slicer.open(bytes);
  try {
    return walk(slicer, bytes.length, limit, visit);
  } finally {
    slicer.close([]).release();
  }
}

function walk(slicer: CsvSlicer, size: number, limit: number, visit: (row: CsvSlicer) => void): RowsRead {
  const read: RowsRead = { end: 0, lines: 0 };
  for (let rows = 0; read.end < size && rows < limit; ) {
    const next = slicer.read(read.end);
    if (next === UNCLOSED) return { ...read, openQuoteLine: read.lines + slicer.lines };
    const isBlank = slicer.end === read.end;
    if (!isBlank) visit(slicer);
    if (!isBlank) rows++;
    read.end = next;
    read.lines += slicer.lines;
  }
  return read;
}
