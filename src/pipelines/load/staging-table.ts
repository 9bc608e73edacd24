import { quoteIdentifier, quoteTable } from "../../databases/postgres/identifiers.ts";
import { describeTable } from "../../databases/postgres/introspect.ts";
import { STAGING_SCHEMA } from "../../databases/postgres/system-schema.ts";
import { createStagingTable, createTable, fitSql } from "../../databases/postgres/table.ts";
import type { TableTransaction } from "./checkpoint.ts";
import { assertComparable } from "./comparable-key.ts";
import { CountedCopy } from "./counted-copy.ts";
import type { EncodedBatch } from "./row-encoder.ts";

/** A table of this run alone, in `_sluice_staging`, that rows are copied into before they meet the target. */
export class StagingTable {
  readonly name: string;
  readonly quoted: string;
  readonly #checkpoint: TableTransaction;
  /** Logged and with the target's metadata columns, so that it can take the target's place. */
  readonly #lasting: boolean;
  readonly #copy: CountedCopy;
  #exists = false;
  #columns: readonly string[] = [];
  #isEmpty = true;
  /** All that it has taken so far. */
  rows = 0;

  constructor(checkpoint: TableTransaction, name: string, lasting: boolean) {
    this.#checkpoint = checkpoint;
    this.name = name;
    this.quoted = quoteTable(STAGING_SCHEMA, name);
    this.#lasting = lasting;
    this.#copy = new CountedCopy(checkpoint.client, this.quoted);
  }

  get exists(): boolean {
    return this.#exists;
  }

  /** Rows have come since it was last emptied. */
  get holdsRows(): boolean {
    return this.#exists && !this.#isEmpty;
  }

  /** The columns it has that the target has too: fewer than the schema's from when a new column is seen until the table is adapted. */
  get columns(): readonly string[] {
    return this.#columns;
  }

  /** Makes the table, or gives it the columns that the schema has now. */
  async adapt(): Promise<void> {
    await this.finish();
    const { client, target } = this.#checkpoint;
    await assertComparable(client, target);
    const { passingColumns } = target;
    this.#columns = target.columns.map((column) => column.name);
    const shape = {
      ...target.shape,
      columns: [...target.columns, ...passingColumns],
      quoted: this.quoted,
      primaryKey: [],
      history: false,
      metadata: this.#lasting && target.plan.metadata,
    };
    if (!this.#exists) {
      if (this.#lasting) await createTable(client, shape, target.identity.run_id);
      else await createStagingTable(client, this.quoted, shape.columns);
      this.#exists = true;
      return;
    }
    const present = await describeTable(client, STAGING_SCHEMA, this.name);
    const fit = present === undefined ? undefined : fitSql(shape, present);
    if (fit !== undefined) await client.query(fit);
  }

  /** Gives the columns the types that the target's turned out to have, so that values can be compared. */
  async matchTarget(): Promise<void> {
    const { client, target } = this.#checkpoint;
    const present = await describeTable(client, STAGING_SCHEMA, this.name);
    const types = new Map(present?.columns.map(({ name, type }) => [name, type]));
    const changed = target.columns.filter(({ name, type }) => types.has(name) && types.get(name) !== type);
    if (changed.length === 0) return;
    const actions = changed.map(({ name, type }) => {
      const column = quoteIdentifier(name);
      return `alter column ${column} type ${type} using ${column}::${type}`;
    });
    await client.query(`alter table ${this.quoted} ${actions.join(", ")}`);
  }

  async write(batch: EncodedBatch): Promise<void> {
    if (batch.copy.length === 0) return;
    if (!this.#exists) await this.adapt();
    if (this.#lasting && !this.#copy.isOpen) await this.#checkpoint.begin();
    this.#isEmpty = false;
    await this.#copy.write(batch);
  }

  /** Completes what is being written. */
  async finish(): Promise<void> {
    if (!this.#copy.isOpen) return;
    this.rows += await this.#copy.end();
    if (this.#lasting) await this.#checkpoint.commitWithoutCursor();
  }

  async empty(): Promise<void> {
    if (this.#exists && !this.#isEmpty) await this.#checkpoint.client.query(`truncate ${this.quoted}`);
    this.#isEmpty = true;
  }

  /** The table has taken another's place, or is gone. */
  forget(): void {
    this.#exists = false;
  }

  async drop(): Promise<void> {
    await this.#copy.abort();
    await this.#checkpoint.rollback();
    if (this.#exists) await this.#checkpoint.client.query(`drop table if exists ${this.quoted}`).catch(() => {});
    this.#exists = false;
  }
}
