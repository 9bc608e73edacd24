import type { JsonValue } from "../../core/json.ts";
import { type CopyIn, startCopy } from "../../databases/postgres/copy.ts";
import { NO_ROWS, type RowCounts } from "../../databases/postgres/row-counts.ts";
import type { CheckpointWriter } from "./checkpoint.ts";
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
  #copy: CopyIn | undefined;
  /** Rows of the COPY in progress, and of those before it in the same transaction. */
  #sent = 0;
  #stored = 0;

  constructor(checkpoint: CheckpointWriter) {
    this.#checkpoint = checkpoint;
  }

  async adapt(): Promise<void> {
    const { client, target } = this.#checkpoint;
    const mayCommit = target.existing !== undefined && !this.#checkpoint.isOpen;
    await this.#endCopy();
    if (!this.#checkpoint.isOpen) await this.#checkpoint.begin();
    await target.prepare(client);
    if (mayCommit) await this.#checkpoint.commitWithoutCursor();
  }

  async write(batch: EncodedBatch): Promise<void> {
    if (batch.copy.length === 0) return;
    const { client, target } = this.#checkpoint;
    if (!this.#checkpoint.isOpen) await this.#checkpoint.begin();
    this.#copy ??= startCopy(client, target.quoted, batch.columns, batch.format);
    this.#sent += batch.rows;
    await this.#copy.write(batch.copy, batch.release);
  }

  async commit(cursor: JsonValue): Promise<RowCounts> {
    await this.#endCopy();
    if (!this.#checkpoint.isOpen) await this.#checkpoint.begin();
    await this.#checkpoint.commit(cursor);
    const inserted = this.#stored;
    this.#stored = 0;
    return { ...NO_ROWS, inserted };
  }

  async abandon(): Promise<void> {
    await this.#copy?.abort();
    this.#copy = undefined;
    await this.#checkpoint.rollback();
  }

  async #endCopy(): Promise<void> {
    if (this.#copy === undefined) return;
    const stored = await this.#copy.end();
    if (stored !== this.#sent) throw new Error(`${this.#sent} rows were sent and the destination stored ${stored}`);
    this.#stored += stored;
    this.#sent = 0;
    this.#copy = undefined;
  }
}
