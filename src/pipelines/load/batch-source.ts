import type { Batch } from "../../connector/define-connector.ts";
import { isSluiceError, SluiceError } from "../../core/errors.ts";

/** How long a connector may take to notice that it should stop. */
const STOP_PATIENCE_MS = 5000;

/**
 * The connector's batches, one read ahead of the one in hand so that the source and the destination work side by side.
 * Ends early, without an error, when the signal aborts, even if the connector does not listen.
 */
export async function* batchesOf<T = Batch>(source: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = pull(iterator);
    for (;;) {
      const result = await unlessAborted(next, signal);
      if (result === undefined || signal.aborted) return;
      if ("failure" in result) throw sourceFailure(result.failure);
      if (result.done === true) return;
      next = pull(iterator);
      yield result.value;
    }
  } finally {
    await Promise.race([iterator.return?.()?.catch?.(() => {}), patience()]);
  }
}

/** A result that never rejects: the one read ahead may fail while nobody waits for it. */
function pull<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T> | { failure: unknown }> {
  return iterator.next().catch((failure: unknown) => ({ failure }));
}

function sourceFailure(error: unknown): SluiceError {
  if (isSluiceError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SluiceError("source_failed", `the connector failed while reading: ${message}`, { cause: error });
}

/**
 * The promise's value, or undefined as soon as the signal aborts. Not a race against one promise for the whole stream:
 * that would keep every batch in memory until it is settled.
 */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const stop = () => resolve(undefined);
    signal.addEventListener("abort", stop, { once: true });
    promise.then((value) => {
      signal.removeEventListener("abort", stop);
      resolve(value);
    });
  });
}

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, STOP_PATIENCE_MS).unref());
}
