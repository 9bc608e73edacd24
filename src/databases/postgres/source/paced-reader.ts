import type { SourceBatch } from "./source-settings.ts";

/** Less than what a COPY into the destination holds before it makes its writer wait. */
const LENT_BYTES = 3 * 1024 * 1024;

/** Reads on while not too many of the bytes that it has lent are still out. */
export class PacedReader {
  readonly #source: AsyncGenerator<SourceBatch>;
  #lent = 0;
  #wake = () => {};

  constructor(source: AsyncGenerator<SourceBatch>) {
    this.#source = source;
  }

  async next(): Promise<IteratorResult<SourceBatch, undefined>> {
    while (this.#lent >= LENT_BYTES) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const result = await this.#source.next();
    return result.done === true ? result : { ...result, value: this.#lend(result.value) };
  }

  #lend(batch: SourceBatch): SourceBatch {
    if (!("copy" in batch) || batch.release === undefined) return batch;
    const { copy, release } = batch;
    this.#lent += copy.length;
    return {
      ...batch,
      release: () => {
        release();
        this.#lent -= copy.length;
        this.#wake();
      },
    };
  }
}
