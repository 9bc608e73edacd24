import type { RecordBatch, RowBatch, TableBatch } from "../define-connector.ts";

/**
 * Joins batches of small files, each of which would cost a checkpoint's overhead of its own. Rows, their order and the
 * places where a cursor stands stay right: a joined batch has the cursor of its last part. It stays within `maxBytes` of
 * the source.
 */
export async function* joinBatches(batches: AsyncIterable<RowBatch>, maxBytes: number): AsyncGenerator<RowBatch> {
  let pending: RowBatch | undefined;
  try {
    for await (const batch of batches) {
      const joined = pending === undefined ? batch : join(pending, batch, maxBytes);
      if (joined === undefined && pending !== undefined) yield pending;
      pending = joined ?? batch;
    }
  } catch (error) {
    if (pending !== undefined) yield pending;
    throw error;
  }
  if (pending !== undefined) yield pending;
}

/** Undefined when the two cannot be one. */
function join(first: RowBatch, second: RowBatch, maxBytes: number): RowBatch | undefined {
  const bytes = (first.bytes ?? 0) + (second.bytes ?? 0);
  if (bytes > maxBytes) return undefined;
  const shared = { ...cursorOf(second), bytes, rejects: [...(first.rejects ?? []), ...(second.rejects ?? [])] };
  if (countRows(second) === 0) return { ...first, ...shared };
  if (countRows(first) === 0) return { ...second, ...shared };
  const positionOf = joinPositions(first, second);
  if (isTable(first) && isTable(second)) {
    if (!sameColumns(first, second)) return undefined;
    return { ...first, ...shared, positionOf, values: [...first.values, ...second.values] };
  }
  if (isTable(first) || isTable(second)) return undefined;
  return { ...first, ...shared, positionOf, rows: [...first.rows, ...second.rows] };
}

function isTable(batch: RowBatch): batch is TableBatch {
  return "values" in batch;
}

function countRows(batch: RecordBatch | TableBatch): number {
  return isTable(batch) ? batch.values.length : batch.rows.length;
}

function cursorOf(batch: RowBatch): Pick<RowBatch, "cursor"> {
  return batch.cursor === undefined ? {} : { cursor: batch.cursor };
}

function joinPositions(first: RowBatch, second: RowBatch): (index: number) => string {
  const count = countRows(first);
  return (index) => (index < count ? position(first, index) : position(second, index - count));
}

function position(batch: RowBatch, index: number): string {
  return batch.positionOf?.(index) ?? String(index);
}

function sameColumns(one: TableBatch, other: TableBatch): boolean {
  const alike = (a: readonly unknown[], b: readonly unknown[]) =>
    a.length === b.length && a.every((it, i) => it === b[i]);
  return alike(one.columns, other.columns) && alike([one.untyped ?? false].flat(), [other.untyped ?? false].flat());
}
