import type { Row, TableBatch } from "../define-connector.ts";

/** Records as lists of values under one header. */
export type RecordTable = Pick<TableBatch, "columns" | "values" | "untyped">;

/** Whether the rows of both can stand in one table. */
export function isAlike(one: RecordTable, other: RecordTable): boolean {
  const same = (a: readonly unknown[], b: readonly unknown[]) =>
    a.length === b.length && a.every((it, index) => it === b[index]);
  return same(one.columns, other.columns) && same([one.untyped].flat(), [other.untyped].flat());
}

/** The table without some of its columns. */
export function withoutColumns(table: RecordTable, isLeftOut: (column: string) => boolean): RecordTable {
  const { columns, values, untyped } = table;
  const kept = columns.flatMap((column, index) => (isLeftOut(column) ? [] : [index]));
  if (kept.length === columns.length) return table;
  const only = <T>(list: readonly T[]) => kept.map((index) => list[index] as T);
  const marks = typeof untyped === "object" ? only(untyped) : untyped;
  const fewer = { columns: only(columns), values: values.map(only) };
  return marks === undefined ? fewer : { ...fewer, untyped: marks };
}

/** Whether any of the rows has a value in that field. */
export function hasValue(batch: { rows: readonly Row[] } | RecordTable, field: string): boolean {
  const isValue = (value: unknown) => value !== null && value !== undefined;
  if ("rows" in batch) return batch.rows.some((row) => isValue(row[field]));
  const index = batch.columns.indexOf(field);
  return index !== -1 && batch.values.some((row) => isValue(row[index]));
}
