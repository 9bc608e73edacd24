import { dropSuperseded, dropVanished, type Parents } from "../../../databases/postgres/child-rows.ts";
import { mergeByKey } from "../../../databases/postgres/merge.ts";
import { NO_ROWS, type RowCounts } from "../../../databases/postgres/row-counts.ts";
import type { TableTransaction } from "../checkpoint.ts";
import type { Lane } from "../lane.ts";
import type { EncodedBatch } from "../row-encoder.ts";
import { StagingTable } from "../staging-table.ts";

export interface ChildMergeOptions {
  /** The columns that name the parent. */
  link: readonly string[];
  /** The rows of the stream that have come and count; undefined when none have. */
  parents: () => Parents | undefined;
  /** The staged rows of the outermost list on the way to the table. */
  outermost: () => string | undefined;
}

/**
 * Rows of a list's table under `merge`: every row of the stream that has come brings all of its own, so that those that
 * it does not have any more go, and those that differ are written. It stores after the stream's own table.
 */
export class ChildMergeLane implements Lane {
  readonly staged: StagingTable;
  readonly #transaction: TableTransaction;
  readonly #options: ChildMergeOptions;
  /** The version of the schema that the table has; -1 until it is known to have one. */
  #preparedVersion: number;

  constructor(transaction: TableTransaction, stagingName: string, options: ChildMergeOptions) {
    const { target } = transaction;
    this.#transaction = transaction;
    this.#options = options;
    this.staged = new StagingTable(transaction, stagingName, false);
    this.#preparedVersion = target.recorded && target.existing !== undefined ? target.schema.version : -1;
  }

  adapt(): Promise<void> {
    return this.staged.adapt();
  }

  write(batch: EncodedBatch): Promise<void> {
    return this.staged.write(batch);
  }

  finish(): Promise<void> {
    return this.staged.finish();
  }

  async store(): Promise<RowCounts> {
    const { target, client } = this.#transaction;
    if (target.existing === undefined && !this.staged.exists) return NO_ROWS;
    const isNew = target.existing === undefined;
    await this.#prepare();
    const parents = this.#options.parents();
    if (parents === undefined) return NO_ROWS;
    if (this.staged.holdsRows) {
      await this.staged.matchTarget();
      await keepLiving(this.#transaction, this.staged.quoted, parents);
    }
    const deleted = isNew ? 0 : await this.#dropVanished(parents);
    if (!this.staged.holdsRows) return { ...NO_ROWS, deleted };
    const merge = { ...target.merging(this.staged.columns), from: this.staged.quoted, to: target.quoted };
    return { ...(await mergeByKey(client, merge)), deleted };
  }

  clear(): Promise<void> {
    return this.staged.empty();
  }

  committed(): void {}

  abandon(): Promise<void> {
    return this.staged.drop();
  }

  async #prepare(): Promise<void> {
    const { target, client } = this.#transaction;
    if (target.schema.version === this.#preparedVersion) return;
    await target.prepare(client);
    this.#preparedVersion = target.schema.version;
  }

  #dropVanished(parents: Parents): Promise<number> {
    const { client, target } = this.#transaction;
    const outermost = this.#options.outermost();
    return dropVanished(client, {
      ...{ table: target.quoted, parents, key: target.keyColumns },
      ...(this.staged.holdsRows ? { staged: this.staged.quoted } : {}),
      ...(outermost === undefined ? {} : { outermost }),
    });
  }
}

/** Of the staged rows those whose own row counts. */
export async function keepLiving({ client }: TableTransaction, staged: string, parents: Parents | undefined) {
  if (parents === undefined) return;
  await client.query(`analyze ${staged}`);
  await dropSuperseded(client, staged, parents);
}
