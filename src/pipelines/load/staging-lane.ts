import { reached } from "../../core/milestones.ts";
import { insertAll } from "../../databases/postgres/exchange.ts";
import { keepHistory } from "../../databases/postgres/history.ts";
import { mergeByKey } from "../../databases/postgres/merge.ts";
import { NO_ROWS, type RowCounts } from "../../databases/postgres/row-counts.ts";
import type { TableTransaction } from "./checkpoint.ts";
import type { Lane } from "./lane.ts";
import type { EncodedBatch } from "./row-encoder.ts";
import { StagingTable } from "./staging-table.ts";

/**
 * Rows gather in a staging table and meet the target in the checkpoint's transaction: for `merge`, and for `append`
 * from streams whose cursor counts only at their end. Tables that keep history are never anything but added to, so that
 * their full refreshes go this way too.
 */
export class StagingLane implements Lane {
  readonly #checkpoint: TableTransaction;
  readonly staged: StagingTable;
  #pending = false;
  /** The target has yet to get the columns that the staging table has, even if no row comes. */
  #adapted = false;

  constructor(checkpoint: TableTransaction, stagingName: string) {
    this.#checkpoint = checkpoint;
    this.staged = new StagingTable(checkpoint, stagingName, false);
  }

  adapt(): Promise<void> {
    this.#adapted = true;
    return this.staged.adapt();
  }

  async write(batch: EncodedBatch): Promise<void> {
    await this.staged.write(batch);
    this.#pending ||= batch.copy.length > 0;
  }

  finish(): Promise<void> {
    return this.staged.finish();
  }

  async store(): Promise<RowCounts> {
    const { existing, plan } = this.#checkpoint.target;
    const isComplete = plan.full_refresh && existing !== undefined;
    if (isComplete && !this.staged.exists) await this.staged.adapt();
    return this.#pending || this.#adapted || isComplete ? this.#move() : NO_ROWS;
  }

  clear(): Promise<void> {
    return this.staged.empty();
  }

  committed(): void {
    this.#pending = false;
    this.#adapted = false;
  }

  async abandon(): Promise<void> {
    await this.staged.drop();
  }

  async #move(): Promise<RowCounts> {
    const { client, target } = this.#checkpoint;
    await target.prepare(client);
    await this.staged.matchTarget();
    const counts = await this.#store(this.staged.quoted, target.quoted);
    reached("staging_merged");
    return counts;
  }

  #store(from: string, to: string): Promise<RowCounts> {
    const { client, target } = this.#checkpoint;
    const { columns } = this.staged;
    const { mode, keep_history, full_refresh } = target.plan;
    if (mode !== "merge") return insertAll(client, { from, to, columns, runId: target.runId });
    const merge = { ...target.merging(columns), from, to };
    if (keep_history !== true) return mergeByKey(client, merge);
    return keepHistory(client, { ...merge, complete: full_refresh });
  }
}
