import { type ChangedParent, changedParents, parentReading } from "./changed-parents.ts";
import { cursorRules } from "./cursor-rules.ts";
import { CursorTracker } from "./cursor-tracker.ts";
import type { PartitionBatch } from "./partition.ts";
import { markOf, type PartitionState } from "./partition-state.ts";
import { type ChildReading, CURSOR_PAUSE_MS, type OpenChild, openChild, PARENTS_AT_ONCE } from "./read-children.ts";

/**
 * Children of the parents that have changed, the oldest change first, whatever the order in which the API lists them: so
 * the cursor moves from parent to parent, a read that was stopped goes on there, and a budget leaves the rest to later
 * runs. For lists that lack detail, and for children that change only with their parent.
 */
export async function* readChanged(
  reading: ChildReading,
  state: PartitionState | undefined,
): AsyncGenerator<PartitionBatch> {
  const parents = parentReading(reading);
  const changed = await changedParents(reading, parents, state);
  const wanted = withinBudget(reading, changed);
  const { compare, grainOf } = cursorRules(parents.stream, parents.cursor);
  const soFar = state === undefined ? undefined : markOf(state);
  const mark = (parent: unknown) => (parent as ChangedParent).mark;
  const tracker = new CursorTracker({ compare, grainOf, mark, before: undefined, soFar });
  let given_at = performance.now();
  for await (const step of readEach(reading, wanted)) {
    reading.source.signal.throwIfAborted();
    if ("batch" in step) {
      yield step.batch;
      continue;
    }
    const { done } = step;
    if (done.at !== undefined) tracker.note(done, done.at);
    if (performance.now() - given_at < CURSOR_PAUSE_MS) continue;
    given_at = performance.now();
    yield stateBatch(tracker.mark());
  }
  yield stateBatch(tracker.mark() ?? {});
}

type Step = { batch: PartitionBatch } | { done: ChangedParent };

/** One parent after the other; the first pages of the next few come ahead. */
async function* readEach(reading: ChildReading, parents: readonly ChangedParent[]): AsyncGenerator<Step> {
  const stop = new AbortController();
  const source = { ...reading.source, signal: AbortSignal.any([reading.source.signal, stop.signal]) };
  const at_once = source.options.concurrency ?? PARENTS_AT_ONCE;
  const queue: (OpenChild & { parent: ChangedParent })[] = [];
  const waiting = parents.values();
  try {
    for (;;) {
      while (queue.length < at_once) {
        const { value: parent } = waiting.next();
        if (parent === undefined) break;
        queue.push({ ...openChild({ ...reading, source }, parent, undefined), parent });
      }
      const open = queue.shift();
      if (open === undefined) return;
      yield* readOne(open);
      yield { done: open.parent };
    }
  } finally {
    stop.abort();
    await Promise.all(queue.map(({ batches }) => batches.close()));
  }
}

async function* readOne({ batches }: OpenChild): AsyncGenerator<Step> {
  try {
    for (let batch = await batches.next(); batch !== undefined; batch = await batches.next()) {
      const { rows, rejects, bytes } = batch;
      yield { batch: { rows, rejects, bytes } };
    }
  } finally {
    await batches.close();
  }
}

function withinBudget({ source, stream }: ChildReading, changed: readonly ChangedParent[]): readonly ChangedParent[] {
  const budget = stream.options.parent?.budget;
  if (budget === undefined || changed.length <= budget) return changed;
  const left = changed.length - budget;
  source.log("info", `${stream.name}: ${budget} of ${changed.length} that have changed are read now; ${left} follow`, {
    stream: stream.name,
    left,
  });
  return changed.slice(0, budget);
}

function stateBatch(state: PartitionState | undefined): PartitionBatch {
  return { rows: [], rejects: [], bytes: 0, ...(state === undefined ? {} : { state }) };
}
