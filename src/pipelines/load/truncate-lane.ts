import { emptyTable } from "../../databases/postgres/exchange.ts";
import { NO_ROWS, type RowCounts } from "../../databases/postgres/row-counts.ts";
import type { TableTransaction } from "./checkpoint.ts";
import { CountedCopy } from "./counted-copy.ts";
import type { Lane } from "./lane.ts";
import type { EncodedBatch } from "./row-encoder.ts";

/**
 * TRUNCATE and COPY in one transaction, for those who ask for it: the table is emptied when the first rows come and is
 * closed to everybody else until the last ones are in.
 */
export class TruncateLane implements Lane {
  readonly #checkpoint: TableTransaction;
  readonly #copy: CountedCopy;
  #stored = 0;
  #isEmptied = false;
  #isPrepared = false;

  constructor(checkpoint: TableTransaction) {
    this.#checkpoint = checkpoint;
    this.#copy = new CountedCopy(checkpoint.client, checkpoint.target.quoted);
  }

  async adapt(): Promise<void> {
    await this.finish();
    await this.#makeEmpty();
    await this.#checkpoint.target.prepare(this.#checkpoint.client);
    this.#isPrepared = true;
  }

  async write(batch: EncodedBatch): Promise<void> {
    if (batch.copy.length === 0) return;
    if (!this.#isPrepared) await this.adapt();
    await this.#copy.write(batch);
  }

  async finish(): Promise<void> {
    this.#stored += await this.#copy.end();
  }

  async store(): Promise<RowCounts> {
    const isNew = this.#checkpoint.target.existing === undefined;
    if (isNew && this.#checkpoint.target.schema.columns.length > 0) await this.adapt();
    await this.#makeEmpty();
    return { ...NO_ROWS, inserted: this.#stored };
  }

  async clear(): Promise<void> {}

  committed(): void {}

  async abandon(): Promise<void> {
    await this.#copy.abort();
    await this.#checkpoint.rollback();
  }

  async #makeEmpty(): Promise<void> {
    if (!this.#checkpoint.isOpen) await this.#checkpoint.begin();
    if (this.#isEmptied) return;
    this.#isEmptied = true;
    const { client, target } = this.#checkpoint;
    await target.takeTurns(client);
    await target.look(client);
    if (target.existing === undefined) return;
    await target.lock(client);
    await emptyTable(client, target.quoted, "truncate");
  }
}
