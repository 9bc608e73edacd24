import type { Batch, RecordBatch, Row, SlicedBatch, SlicedRows } from "./define-connector.ts";
import { parseJson } from "./formats/exact-numbers.ts";

/** In place of the bounds of a value that a row does not have. */
export const ABSENT = -1;
/** Of values that were parsed: `PARSED - index`, and all that are less. */
export const PARSED = -2;

const QUOTE = 0x22;

/** What JSON makes of the value whose bounds are at `at`; undefined when there is none. */
export function valueAt({ bounds, bytes, parsed }: SlicedRows, at: number): unknown {
  const [start, end] = [bounds[at] as number, bounds[at + 1] as number];
  if (start === ABSENT) return undefined;
  if (start <= PARSED) return parsed[PARSED - start];
  if (bytes[start] === QUOTE) return bytes.toString("utf8", start + 1, end - 1);
  return parseJson(bytes.toString("latin1", start, end));
}

/** A row as an object. */
export function recordAt(sliced: SlicedRows, index: number): Row {
  const record = sliced.records.get(index);
  if (record !== undefined) return record;
  const { columns } = sliced;
  const first = 2 * index * columns.length;
  const fields = columns.map((key, column) => [key, valueAt(sliced, first + 2 * column)] as const);
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
}

/** The same rows for whoever looks at values one by one; their bytes are given back. */
export function asRecords<B extends Batch>(batch: B): Exclude<B, SlicedBatch> | RecordBatch {
  if (!("sliced" in batch)) return batch as Exclude<B, SlicedBatch>;
  const { sliced, ...rest }: SlicedBatch = batch;
  const rows = Array.from({ length: sliced.count }, (_, index) => recordAt(sliced, index));
  sliced.release();
  return { ...rest, rows };
}
