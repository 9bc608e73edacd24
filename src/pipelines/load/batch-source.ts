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
  const waiting = new Wait(signal);
  try {
    let next = pull(iterator);
    for (;;) {
      const result = await waiting.for(next);
      if (result === undefined || signal.aborted) return;
      if ("failure" in result) throw sourceFailure(result.failure);
      if (result.done === true) return;
      next = pull(iterator);
      yield result.value;
    }
  } finally {
    waiting.end();
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
 * Waits that end as soon as the signal aborts. One listener for all of them, and no race against one promise for the
 * whole stream, which would keep every batch in memory until it is settled. Nor a closure for each: with those, rows
 * outlive collections of the young generation one and all, and pile up until the next one of everything.
 */
class Wait {
  readonly #signal: AbortSignal;
  #stop: (nothing: undefined) => void = () => {};
  readonly #onAbort = () => this.#stop(undefined);

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** The promise's value; undefined when the signal aborts before there is one. */
  for<T>(promise: Promise<T>): Promise<T | undefined> {
    if (this.#signal.aborted) return Promise.resolve(undefined);
    const either = Promise.withResolvers<T | undefined>();
    this.#stop = either.resolve;
    void promise.then(either.resolve);
    return either.promise;
  }

  end(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

function patience(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, STOP_PATIENCE_MS).unref());
}
