import type { Row, SlicedRows } from "../define-connector.ts";
import { ABSENT, isValue } from "../sliced-batch.ts";

/** The rows without the values of some columns; what was given is used up. */
export function withoutColumns(rows: SlicedRows, isLeftOut: (column: string) => boolean): SlicedRows {
  for (const [column, name] of rows.columns.entries()) if (isLeftOut(name)) clearColumn(rows, column);
  if (rows.records.size === 0) return rows;
  const records = [...rows.records].map(([index, row]) => [index, withoutFields(row, isLeftOut)] as const);
  return { ...rows, records: new Map(records) };
}

function clearColumn({ columns, bounds, count }: SlicedRows, column: number): void {
  for (let row = 0; row < count; row++) bounds[2 * (row * columns.length + column)] = ABSENT;
}

function withoutFields(row: Row, isLeftOut: (field: string) => boolean): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => !isLeftOut(name)));
}

/** Whether any of the rows has a value in that field. */
export function hasValue(batch: { rows: readonly Row[] } | { sliced: SlicedRows }, field: string): boolean {
  if ("rows" in batch) return someHas(batch.rows, field);
  const { columns, bounds, bytes, count, records } = batch.sliced;
  if (someHas(records.values(), field)) return true;
  const column = columns.indexOf(field);
  if (column === -1) return false;
  for (let row = 0; row < count; row++) {
    const start = bounds[2 * (row * columns.length + column)] as number;
    if (!records.has(row) && isValue(start, bytes)) return true;
  }
  return false;
}

function someHas(rows: Iterable<Row>, field: string): boolean {
  for (const row of rows) if (row[field] !== null && row[field] !== undefined) return true;
  return false;
}
