import type { Batch, RowBatch } from "../../connector/define-connector.ts";
import { asRowBatch } from "../../connector/sliced-batch.ts";
import { isRebuild } from "./choose-lane.ts";
import { type InferenceRules, inferColumns } from "./inference.ts";
import { InferenceWindow } from "./inference-window.ts";
import type { LoadTarget } from "./load-target.ts";

/** Tables of lists, whose columns come from the same rows. */
interface OtherTables {
  infer(batches: readonly RowBatch[], rules: InferenceRules): void;
  takeChanges(): unknown;
}

interface Tables {
  target: LoadTarget;
  others: OtherTables | undefined;
}

/**
 * Holds the first batches back until their rows have given the columns; later loads know them already. A load that is
 * stopped before it has seen enough lets them go: columns made of fewer rows might be others.
 */
export async function* afterInference(
  batches: AsyncIterable<Batch>,
  { target, others }: Tables,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  let held: InferenceWindow | undefined = new InferenceWindow(target.plan.inference_rows);
  for await (const batch of batches) {
    if (held?.batches.length === 0 && target.schema.columns.length > 0) held = undefined;
    if (held === undefined || "copy" in batch) {
      yield batch;
      continue;
    }
    held.add(asRowBatch(batch));
    if (!held.isFull) continue;
    inferFirst(target, held, others);
    yield* held.batches;
    held = undefined;
  }
  if (held === undefined || signal.aborted) return;
  inferFirst(target, held, others);
  yield* held.batches;
}

/** Gives the table its first columns from the rows that were held back. Those of a new table are no change of it. */
export function inferFirst(target: LoadTarget, { batches, rows: limit }: InferenceWindow, others?: OtherTables): void {
  const { schema, plan } = target;
  const isNew = keepsNoColumn(target);
  const rules = { limit, mayAdd: isNew || plan.drift === "evolve", declared: plan.columns ?? {} };
  if (others === undefined) inferColumns(schema, batches, rules);
  else others.infer(batches, rules);
  if (isNew) (others ?? schema).takeChanges();
}

/** No column of the table has to be kept. */
export function keepsNoColumn({ existing, plan }: LoadTarget): boolean {
  return existing === undefined || (isRebuild(plan) && plan.full_refresh);
}
