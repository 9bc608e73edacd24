import type { Batch, Row, RowBatch, SlicedBatch, SlicedRows } from "./define-connector.ts";
import { parseJson } from "./formats/exact-numbers.ts";

/** In place of the bounds of a value that a row does not have. */
export const ABSENT = -1;
/** Of values of JSON that were parsed: `PARSED - index`, and all that are less. */
export const PARSED = -2;
/** Of untyped texts with special characters: `SPECIAL - start`, and all that are less. */
export const SPECIAL = -2;

const QUOTE = 0x22;
const LOWER_N = 0x6e;

/** The value whose bounds are at `at`, as a batch of the same rows would have it. */
export function valueAt(sliced: SlicedRows, at: number): unknown {
  return sliced.untyped ? textAt(sliced, at) : jsonAt(sliced, at);
}

/** The text whose bounds are at `at`; null when there is none. */
export function textAt({ bounds, bytes }: Pick<SlicedRows, "bounds" | "bytes">, at: number): string | null {
  const [start, end] = [bounds[at] as number, bounds[at + 1] as number];
  if (start === ABSENT) return null;
  return bytes.toString("utf8", start <= SPECIAL ? SPECIAL - start : start, end);
}

/** What JSON makes of the value whose bounds are at `at`; undefined when there is none. */
function jsonAt({ bounds, bytes, parsed }: SlicedRows, at: number): unknown {
  const [start, end] = [bounds[at] as number, bounds[at + 1] as number];
  if (start === ABSENT) return undefined;
  if (start <= PARSED) return parsed[PARSED - start];
  if (bytes[start] === QUOTE) return bytes.toString("utf8", start + 1, end - 1);
  return parseJson(bytes.toString("latin1", start, end));
}

/** Whether what begins at `start` is a value of JSON other than null. */
export function isValue(start: number, bytes: Uint8Array): boolean {
  return start !== ABSENT && (start <= PARSED || bytes[start] !== LOWER_N);
}

/** The same rows for whoever looks at values one by one; their bytes are given back. */
export function asRowBatch<B extends Batch>(batch: B): Exclude<B, SlicedBatch> | RowBatch {
  const rows = lookInto(batch);
  if ("sliced" in batch) batch.sliced.release();
  return rows;
}

/** As `asRowBatch`, for whoever has not done with the batch: its bytes are kept. */
export function lookInto<B extends Batch>(batch: B): Exclude<B, SlicedBatch> | RowBatch {
  if (!("sliced" in batch)) return batch as Exclude<B, SlicedBatch>;
  const { sliced, ...rest }: SlicedBatch = batch;
  return { ...rest, ...rowsOf(sliced, 0, sliced.count) };
}

/** The row at `index` as a batch of its own. */
export function rowBatchAt({ sliced, positionOf }: SlicedBatch, index: number): RowBatch {
  return { ...rowsOf(sliced, index, index + 1), ...(positionOf && { positionOf: () => positionOf(index) }) };
}

function rowsOf(sliced: SlicedRows, from: number, to: number): RowBatch {
  const indexes = Array.from({ length: to - from }, (_, i) => from + i);
  if (!sliced.untyped) return { rows: indexes.map((index) => recordAt(sliced, index)) };
  return { columns: sliced.columns, values: indexes.map((index) => textsAt(sliced, index)), untyped: true };
}

function recordAt(sliced: SlicedRows, index: number): Row {
  const record = sliced.records.get(index);
  if (record !== undefined) return record;
  const { columns } = sliced;
  const first = 2 * index * columns.length;
  const fields = columns.map((key, column) => [key, jsonAt(sliced, first + 2 * column)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

function textsAt(sliced: SlicedRows, index: number): (string | null)[] {
  const { columns } = sliced;
  const first = 2 * index * columns.length;
  return columns.map((_, column) => textAt(sliced, first + 2 * column));
}
