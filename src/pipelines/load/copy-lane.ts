import type { JsonValue } from "../../core/json.ts";
import { NO_ROWS, type RowCounts } from "../../databases/postgres/row-counts.ts";
import type { CheckpointWriter } from "./checkpoint.ts";
import { CountedCopy } from "./counted-copy.ts";
import type { Lane } from "./lane.ts";
import type { EncodedBatch } from "./row-encoder.ts";

/**
 * COPY straight into the target in the checkpoint's own transaction: for `append` from streams that may be cut after
 * any batch. Columns are changed between checkpoints, so that no exclusive lock is held while the source is read; only
 * a table that is not there yet is made in the first checkpoint's transaction.
 */
export class CopyLane implements Lane {
  readonly name = "copy";
  readonly #checkpoint: CheckpointWriter;
  readonly #copy: CountedCopy;
  /** Rows of the COPYs that have ended in the open transaction. */
  #stored = 0;

  constructor(checkpoint: CheckpointWriter) {
    this.#checkpoint = checkpoint;
    this.#copy = new CountedCopy(checkpoint.client, checkpoint.target.quoted);
  }

  async adapt(): Promise<void> {
    const { client, target } = this.#checkpoint;
    const mayCommit = target.existing !== undefined && !this.#checkpoint.isOpen;
    this.#stored += await this.#copy.end();
    if (!this.#checkpoint.isOpen) await this.#checkpoint.begin();
    await target.prepare(client);
    if (mayCommit) await this.#checkpoint.commitWithoutCursor();
  }

  async write(batch: EncodedBatch): Promise<void> {
    if (batch.copy.length === 0) return;
    if (!this.#checkpoint.isOpen) await this.#checkpoint.begin();
    await this.#copy.write(batch);
  }

  async commit(cursor: JsonValue): Promise<RowCounts> {
    this.#stored += await this.#copy.end();
    if (!this.#checkpoint.isOpen) await this.#checkpoint.begin();
    await this.#checkpoint.commit(cursor);
    const inserted = this.#stored;
    this.#stored = 0;
    return { ...NO_ROWS, inserted };
  }

  async abandon(): Promise<void> {
    await this.#copy.abort();
    await this.#checkpoint.rollback();
  }
}
