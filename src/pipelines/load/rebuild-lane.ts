import type { JsonValue } from "../../core/json.ts";
import { emptyTable, insertAll } from "../../databases/postgres/exchange.ts";
import { quoteIdentifier } from "../../databases/postgres/identifiers.ts";
import { listDependents } from "../../databases/postgres/introspect.ts";
import { LOADED_AT, RUN_ID } from "../../databases/postgres/names.ts";
import { NO_ROWS, type RowCounts } from "../../databases/postgres/row-counts.ts";
import type { CheckpointWriter } from "./checkpoint.ts";
import type { Lane } from "./lane.ts";
import type { EncodedBatch } from "./row-encoder.ts";
import { StagingTable } from "./staging-table.ts";

/**
 * A new table is filled beside the old one and takes its place in one final transaction, with the cursor: for
 * `replace` and for full refreshes of `append`. Where something depends on the old table its rows are exchanged instead.
 */
export class RebuildLane implements Lane {
  readonly name = "rebuild";
  readonly #checkpoint: CheckpointWriter;
  readonly #built: StagingTable;
  #rows = 0;

  constructor(checkpoint: CheckpointWriter, stagingName: string) {
    this.#checkpoint = checkpoint;
    this.#built = new StagingTable(checkpoint, stagingName, true);
  }

  adapt(): Promise<void> {
    return this.#built.adapt();
  }

  async write(batch: EncodedBatch): Promise<void> {
    await this.#built.write(batch);
    this.#rows += batch.rows;
  }

  async commit(cursor: JsonValue): Promise<RowCounts> {
    const { client, target } = this.#checkpoint;
    const knowsColumns = target.schema.columns.length > 0;
    if (!this.#built.exists && knowsColumns) await this.#built.adapt();
    await this.#built.finish();
    await this.#checkpoint.begin();
    const counts = this.#built.exists ? await this.#takePlace() : NO_ROWS;
    if (!this.#built.exists && target.existing !== undefined) await client.query(`delete from ${target.quoted}`);
    await this.#checkpoint.commit(cursor);
    this.#built.forget();
    return counts;
  }

  async abandon(): Promise<void> {
    await this.#built.drop();
  }

  async #takePlace(): Promise<RowCounts> {
    const { client, target } = this.#checkpoint;
    await target.look(client);
    if (target.existing !== undefined) {
      await client.query(`lock table ${target.quoted} in access exclusive mode`);
      if (!(await this.#maySwap())) return this.#exchangeRows();
      await client.query(`drop table ${target.quoted}`);
    }
    await client.query(`alter table ${this.#built.quoted} set schema ${quoteIdentifier(target.namespace)}`);
    const moved = `${quoteIdentifier(target.namespace)}.${quoteIdentifier(this.#built.name)}`;
    await client.query(`alter table ${moved} rename to ${quoteIdentifier(target.table)}`);
    await target.record(client);
    return { ...NO_ROWS, inserted: this.#rows };
  }

  /** Not when something hangs on the old table, nor when it has columns that are not the stream's. */
  async #maySwap(): Promise<boolean> {
    const { client, target } = this.#checkpoint;
    const existing = target.existing;
    if (existing === undefined) return true;
    const own = new Set([LOADED_AT, RUN_ID, ...target.columns.map((column) => column.name)]);
    const foreign = existing.columns.some((column) => !own.has(column.name));
    const recorded = target.recorded || existing.columns.every((column) => own.has(column.name));
    return (
      recorded && (!foreign || target.plan.full_refresh) && (await listDependents(client, existing.oid)).length === 0
    );
  }

  async #exchangeRows(): Promise<RowCounts> {
    const { client, target } = this.#checkpoint;
    await target.prepare(client);
    const columns = target.schema.columns.map((column) => column.name);
    await emptyTable(client, target.quoted, "delete");
    const counts = await insertAll(client, { from: this.#built.quoted, to: target.quoted, columns });
    await client.query(`drop table ${this.#built.quoted}`);
    return counts;
  }
}
