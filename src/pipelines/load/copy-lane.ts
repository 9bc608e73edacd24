import { NO_ROWS, type RowCounts } from "../../databases/postgres/row-counts.ts";
import type { TableTransaction } from "./checkpoint.ts";
import { CountedCopy } from "./counted-copy.ts";
import type { Lane } from "./lane.ts";
import type { EncodedBatch } from "./row-encoder.ts";

/**
 * COPY straight into the target in the checkpoint's own transaction: for `append` from streams that may be cut after
 * any batch. Columns are changed between checkpoints, so that no exclusive lock is held while the source is read; only
 * a table that is not there yet is made in the first checkpoint's transaction, unless several connections fill it.
 */
export class CopyLane implements Lane {
  readonly #checkpoint: TableTransaction;
  readonly #copy: CountedCopy;
  /** Rows of the COPYs that have ended in the open transaction. */
  #stored = 0;

  constructor(checkpoint: TableTransaction) {
    this.#checkpoint = checkpoint;
    this.#copy = new CountedCopy(checkpoint.client, checkpoint.target.quoted);
  }

  async adapt(): Promise<void> {
    const { client, target } = this.#checkpoint;
    const mayCommit = (target.existing !== undefined || target.isShared) && !this.#checkpoint.isOpen;
    await this.finish();
    if (!this.#checkpoint.isOpen) await this.#checkpoint.begin();
    await target.prepare(client);
    if (!mayCommit) return;
    await target.settle(client);
    await this.#checkpoint.commitWithoutCursor();
  }

  async write(batch: EncodedBatch): Promise<void> {
    if (batch.copy.length === 0) return;
    if (!this.#checkpoint.isOpen) await this.#checkpoint.begin();
    await this.#copy.write(batch);
  }

  async finish(): Promise<void> {
    this.#stored += await this.#copy.end();
  }

  async store(): Promise<RowCounts> {
    return { ...NO_ROWS, inserted: this.#stored };
  }

  async clear(): Promise<void> {}

  committed(): void {
    this.#stored = 0;
  }

  async abandon(): Promise<void> {
    await this.#copy.abort();
    await this.#checkpoint.rollback();
  }
}
