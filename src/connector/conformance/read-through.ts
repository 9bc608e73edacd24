import type { JsonValue } from "../../core/json.ts";
import type { RowBatch } from "../define-connector.ts";
import { assert } from "./check.ts";

export interface ReadThrough {
  rows: { row: Readonly<Record<string, unknown>>; position: string | undefined }[];
  /** Each as it comes back from the state, with the number of rows up to it. */
  cursors: { cursor: JsonValue; rows: number }[];
  /** What ended it before its end. */
  failure?: unknown;
}

/** Reads to the end, or until it fails if that is expected. */
export async function readThrough(batches: AsyncIterable<RowBatch>, mayFail = false): Promise<ReadThrough> {
  const through: ReadThrough = { rows: [], cursors: [] };
  const given: { cursor: JsonValue; text: string }[] = [];
  try {
    for await (const batch of batches) {
      const rows = rowsOf(batch).map((row, index) => ({ row, position: batch.positionOf?.(index) }));
      through.rows.push(...rows);
      if (batch.cursor === undefined) continue;
      through.cursors.push({ cursor: stored(batch.cursor), rows: through.rows.length });
      given.push({ cursor: batch.cursor, text: JSON.stringify(batch.cursor) });
    }
  } catch (error) {
    if (!mayFail) throw error;
    through.failure = error;
  }
  const changed = given.find(({ cursor, text }) => JSON.stringify(cursor) !== text);
  assert(changed === undefined, "a cursor was changed after it was given");
  return through;
}

export function rowsOf(batch: RowBatch): Readonly<Record<string, unknown>>[] {
  if ("rows" in batch) return [...batch.rows];
  return batch.values.map((row) => Object.fromEntries(batch.columns.map((column, index) => [column, row[index]])));
}

/** As it comes back from the state. */
export function stored(cursor: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(cursor)) as JsonValue;
}
