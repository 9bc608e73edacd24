import type { JsonValue } from "../../core/json.ts";
import { emptyTable } from "../../databases/postgres/exchange.ts";
import { NO_ROWS, type RowCounts } from "../../databases/postgres/row-counts.ts";
import type { CheckpointWriter } from "./checkpoint.ts";
import { CountedCopy } from "./counted-copy.ts";
import type { Lane } from "./lane.ts";
import type { EncodedBatch } from "./row-encoder.ts";

/**
 * TRUNCATE and COPY in one transaction, for those who ask for it: the table is emptied when the first rows come and is
 * closed to everybody else until the last ones are in.
 */
export class TruncateLane implements Lane {
  readonly name = "truncate";
  readonly #checkpoint: CheckpointWriter;
  readonly #copy: CountedCopy;
  #stored = 0;

  constructor(checkpoint: CheckpointWriter) {
    this.#checkpoint = checkpoint;
    this.#copy = new CountedCopy(checkpoint.client, checkpoint.target.quoted);
  }

  async adapt(): Promise<void> {
    this.#stored += await this.#copy.end();
    await this.#begin();
    await this.#checkpoint.target.prepare(this.#checkpoint.client);
  }

  async write(batch: EncodedBatch): Promise<void> {
    if (batch.copy.length === 0) return;
    if (!this.#checkpoint.isOpen) await this.adapt();
    await this.#copy.write(batch);
  }

  async commit(cursor: JsonValue): Promise<RowCounts> {
    const isNew = this.#checkpoint.target.existing === undefined;
    if (isNew && this.#checkpoint.target.schema.columns.length > 0) await this.adapt();
    this.#stored += await this.#copy.end();
    await this.#begin();
    await this.#checkpoint.commit(cursor);
    return { ...NO_ROWS, inserted: this.#stored };
  }

  async abandon(): Promise<void> {
    await this.#copy.abort();
    await this.#checkpoint.rollback();
  }

  async #begin(): Promise<void> {
    if (this.#checkpoint.isOpen) return;
    const { client, target } = this.#checkpoint;
    await this.#checkpoint.begin();
    await target.takeTurns(client);
    await target.look(client);
    if (target.existing === undefined) return;
    await target.lock(client);
    await emptyTable(client, target.quoted, "truncate");
  }
}
