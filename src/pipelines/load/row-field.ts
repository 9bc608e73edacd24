import type { RowBatch, TableBatch } from "../../connector/define-connector.ts";

/** One value of a row. */
export interface Field {
  key: string;
  value: unknown;
  /** The value is text whose type is to be recognised. */
  untyped: boolean;
}

/** The fields of the row at `index`, whichever form the batch has. */
export function fieldsOf(batch: RowBatch, index: number): Field[] {
  if ("rows" in batch) {
    return Object.entries(batch.rows[index] as object).map(([key, value]) => ({ key, value, untyped: false }));
  }
  const row = batch.values[index] as readonly unknown[];
  return batch.columns.map((key, at) => ({ key, value: row[at], untyped: isUntyped(batch, at) }));
}

/** Whether the values at that index of a batch's rows are text, whatever they mean. */
export function isUntyped({ untyped }: TableBatch, index: number): boolean {
  return untyped === true || (typeof untyped === "object" && untyped[index] === true);
}
