import { reached } from "../../core/milestones.ts";
import { emptyTable } from "../../databases/postgres/exchange.ts";
import { NO_ROWS, type RowCounts } from "../../databases/postgres/row-counts.ts";
import { type BuiltTable, buildKeyed, builtOf } from "./built-table.ts";
import type { TableTransaction } from "./checkpoint.ts";
import { exchangeRows } from "./exchange-rows.ts";
import type { Lane } from "./lane.ts";
import type { EncodedBatch } from "./row-encoder.ts";
import { StagingTable } from "./staging-table.ts";
import { swapRefused, swapTables } from "./table-swap.ts";

/** Sorts rows out of a staging table, quoted, before they are stored. */
export type Winnow = (staged: string) => Promise<void>;

/**
 * A new table is filled beside the old one and takes its place in one final transaction, with the cursor: for
 * `replace` and for full refreshes. Where that would lose something of the old table, its rows are exchanged instead.
 * Rows of `merge` arrive in a staging table first, as there may be several of a key.
 */
export class RebuildLane implements Lane {
  readonly #checkpoint: TableTransaction;
  readonly staged: StagingTable;
  readonly #keyed: boolean;
  /** The arrived rows were put into another table. */
  #isLeftOver = false;

  readonly #winnow: Winnow | undefined;

  constructor(checkpoint: TableTransaction, stagingName: string, winnow?: Winnow) {
    this.#checkpoint = checkpoint;
    this.#winnow = winnow;
    this.#keyed = checkpoint.target.plan.mode === "merge";
    this.staged = new StagingTable(checkpoint, stagingName, !this.#keyed);
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
    const { target } = this.#checkpoint;
    const knowsColumns = target.schema.columns.length > 0;
    if (!this.staged.exists && knowsColumns) await this.staged.adapt();
    return this.staged.exists ? this.#replace() : this.#empty();
  }

  async clear(): Promise<void> {
    if (this.#isLeftOver) await this.#checkpoint.client.query(`drop table ${this.staged.quoted}`);
  }

  committed(): void {
    this.staged.forget();
  }

  async abandon(): Promise<void> {
    await this.staged.drop();
  }

  /** Nothing came, and nothing is known of what might have come. */
  async #empty(): Promise<RowCounts> {
    const { client, target } = this.#checkpoint;
    if (target.existing !== undefined) await emptyTable(client, target.quoted, target.emptyBy);
    return NO_ROWS;
  }

  async #replace(): Promise<RowCounts> {
    const { client, target } = this.#checkpoint;
    await target.look(client);
    if (this.staged.holdsRows) await this.#winnow?.(this.staged.quoted);
    const { replace_by = "swap" } = target.plan;
    const mayChoose = target.plan.replace_by === undefined;
    if (replace_by !== "swap" && target.existing !== undefined) return this.#exchange();
    const built = await this.#build();
    reached("before_swap");
    const refusal = await swapTables(client, target, built);
    reached("after_swap");
    if (refusal === undefined) {
      await target.record(client);
      this.#isLeftOver = this.#keyed;
      return { ...NO_ROWS, inserted: built.rows };
    }
    if (!mayChoose) throw swapRefused(target.label, refusal);
    if (this.#keyed) await client.query(`drop table ${built.quoted}`);
    return this.#exchange();
  }

  #build(): Promise<BuiltTable> {
    return this.#keyed ? buildKeyed(this.#checkpoint, this.staged) : builtOf(this.#checkpoint, this.staged);
  }

  #exchange(): Promise<RowCounts> {
    this.#isLeftOver = true;
    return exchangeRows(this.#checkpoint, this.staged);
  }
}
