import type { JsonValue } from "../../core/json.ts";
import { reached } from "../../core/milestones.ts";
import { emptyTable } from "../../databases/postgres/exchange.ts";
import { NO_ROWS, type RowCounts } from "../../databases/postgres/row-counts.ts";
import { type BuiltTable, buildKeyed, builtOf } from "./built-table.ts";
import type { CheckpointWriter } from "./checkpoint.ts";
import { exchangeRows } from "./exchange-rows.ts";
import type { Lane } from "./lane.ts";
import type { EncodedBatch } from "./row-encoder.ts";
import { StagingTable } from "./staging-table.ts";
import { swapRefused, swapTables } from "./table-swap.ts";

/**
 * A new table is filled beside the old one and takes its place in one final transaction, with the cursor: for
 * `replace` and for full refreshes. Where that would lose something of the old table, its rows are exchanged instead.
 * Rows of `merge` arrive in a staging table first, as there may be several of a key.
 */
export class RebuildLane implements Lane {
  readonly name = "rebuild";
  readonly #checkpoint: CheckpointWriter;
  readonly #arrived: StagingTable;
  readonly #keyed: boolean;

  constructor(checkpoint: CheckpointWriter, stagingName: string) {
    this.#checkpoint = checkpoint;
    this.#keyed = checkpoint.target.plan.mode === "merge";
    this.#arrived = new StagingTable(checkpoint, stagingName, !this.#keyed);
  }

  adapt(): Promise<void> {
    return this.#arrived.adapt();
  }

  write(batch: EncodedBatch): Promise<void> {
    return this.#arrived.write(batch);
  }

  async commit(cursor: JsonValue): Promise<RowCounts> {
    const { target } = this.#checkpoint;
    const knowsColumns = target.schema.columns.length > 0;
    if (!this.#arrived.exists && knowsColumns) await this.#arrived.adapt();
    await this.#arrived.finish();
    await this.#checkpoint.begin();
    const counts = this.#arrived.exists ? await this.#replace() : await this.#empty();
    await this.#checkpoint.commit(cursor);
    this.#arrived.forget();
    return counts;
  }

  async abandon(): Promise<void> {
    await this.#arrived.drop();
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
    const { replace_by = "swap" } = target.plan;
    const mayChoose = target.plan.replace_by === undefined;
    if (replace_by !== "swap" && target.existing !== undefined) return this.#exchange();
    const built = await this.#build();
    reached("before_swap");
    const refusal = await swapTables(client, target, built);
    reached("after_swap");
    if (refusal === undefined) {
      await target.record(client);
      if (this.#keyed) await client.query(`drop table ${this.#arrived.quoted}`);
      return { ...NO_ROWS, inserted: built.rows };
    }
    if (!mayChoose) throw swapRefused(target.label, refusal);
    if (this.#keyed) await client.query(`drop table ${built.quoted}`);
    return this.#exchange();
  }

  #build(): Promise<BuiltTable> {
    return this.#keyed ? buildKeyed(this.#checkpoint, this.#arrived) : builtOf(this.#checkpoint, this.#arrived);
  }

  async #exchange(): Promise<RowCounts> {
    const counts = await exchangeRows(this.#checkpoint, this.#arrived);
    await this.#checkpoint.client.query(`drop table ${this.#arrived.quoted}`);
    return counts;
  }
}
