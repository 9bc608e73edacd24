import type { Reject, RowBatch, SlicedBatch, TableBatch } from "../define-connector.ts";
import { asRowBatch } from "../sliced-batch.ts";

type AnyRows = RowBatch | SlicedBatch;

/**
 * Joins batches of small files, each of which would cost a checkpoint's overhead of its own. Rows, their order and the
 * places where a cursor stands stay right: a joined batch has the cursor of its last part. It stays within `maxBytes` of
 * the source. Parts are held until the batch is complete: to join them one by one would copy the first of thousands
 * again with each of the others.
 */
export async function* joinBatches(batches: AsyncIterable<AnyRows>, maxBytes: number): AsyncGenerator<AnyRows> {
  let parts: AnyRows[] = [];
  let bytes = 0;
  try {
    for await (const batch of batches) {
      bytes += batch.bytes ?? 0;
      if (parts.length > 0 && (bytes > maxBytes || !isAlike(parts, batch))) {
        yield joined(parts);
        parts = [];
        bytes = batch.bytes ?? 0;
      }
      // The blocks of thousands of small files are not held.
      if (parts.length > 0) parts[parts.length - 1] = asRowBatch(parts.at(-1) as AnyRows);
      parts.push(batch);
      // What is full already does not wait for the next one, which may be as large.
      if (bytes < maxBytes) continue;
      yield joined(parts);
      parts = [];
      bytes = 0;
    }
  } catch (error) {
    if (parts.length > 0) yield joined(parts);
    throw error;
  }
  if (parts.length > 0) yield joined(parts);
}

/** Whether the batch's rows have the form of those before; without rows it goes with any. */
function isAlike(parts: readonly AnyRows[], batch: AnyRows): boolean {
  const first = parts.find((part) => countRows(part) > 0);
  if (first === undefined || countRows(batch) === 0) return true;
  const [one, other] = [tableOf(first), tableOf(batch)];
  return one === undefined || other === undefined ? one === other : sameColumns(one, other);
}

type Table = Pick<TableBatch, "columns" | "untyped">;

/** The columns that its values come under; undefined where its rows are records. */
function tableOf(batch: AnyRows): Table | undefined {
  if ("sliced" in batch) return batch.sliced.untyped ? batch.sliced : undefined;
  return isTable(batch) ? batch : undefined;
}

function joined(held: readonly AnyRows[]): AnyRows {
  const [only] = held;
  if (only !== undefined && held.length === 1) return only;
  const parts = held.map(asRowBatch);
  const filled = parts.filter((part) => countRows(part) > 0);
  const cursor = parts.at(-1)?.cursor;
  const shared = {
    ...(cursor === undefined ? {} : { cursor }),
    bytes: parts.reduce((sum, part) => sum + (part.bytes ?? 0), 0),
    rejects: joinRejects(parts),
    positionOf: joinPositions(filled),
  };
  const tables = filled.filter(isTable);
  const [table] = tables;
  if (table === undefined) return { ...shared, rows: filled.flatMap((part) => (isTable(part) ? [] : part.rows)) };
  const { columns, untyped } = table;
  const values = tables.flatMap((part) => part.values);
  return { ...shared, columns, values, ...(untyped === undefined ? {} : { untyped }) };
}

function isTable(batch: AnyRows): batch is TableBatch {
  return "values" in batch;
}

function countRows(batch: AnyRows): number {
  if ("sliced" in batch) return batch.sliced.count;
  return isTable(batch) ? batch.values.length : batch.rows.length;
}

/** With the rows of earlier parts before them. */
function joinRejects(parts: readonly RowBatch[]): Reject[] {
  let rows = 0;
  return parts.flatMap((part) => {
    const earlier = rows;
    rows += countRows(part);
    return (part.rejects ?? []).map((reject) => ({ ...reject, before: earlier + (reject.before ?? 0) }));
  });
}

function joinPositions(parts: readonly RowBatch[]): (index: number) => string {
  const ends: number[] = [];
  for (const part of parts) ends.push((ends.at(-1) ?? 0) + countRows(part));
  return (index) => {
    const at = ends.findIndex((end) => index < end);
    const own = index - (ends[at - 1] ?? 0);
    return parts[at]?.positionOf?.(own) ?? String(own);
  };
}

function sameColumns(one: Table, other: Table): boolean {
  const alike = (a: readonly unknown[], b: readonly unknown[]) =>
    a.length === b.length && a.every((it, i) => it === b[i]);
  return alike(one.columns, other.columns) && alike([one.untyped ?? false].flat(), [other.untyped ?? false].flat());
}
