import { insertAll } from "../../databases/postgres/exchange.ts";
import { quoteTable } from "../../databases/postgres/identifiers.ts";
import { describeTable } from "../../databases/postgres/introspect.ts";
import { liveRows } from "../../databases/postgres/merge.ts";
import { keepNewest } from "../../databases/postgres/supersede.ts";
import { STAGING_SCHEMA } from "../../databases/postgres/system-schema.ts";
import { createTable, settleDefaults } from "../../databases/postgres/table.ts";
import type { TableTransaction } from "./checkpoint.ts";
import type { StagingTable } from "./staging-table.ts";

/** A filled table in the staging schema that can take the target's place. */
export interface BuiltTable {
  name: string;
  quoted: string;
  oid: number;
  columns: readonly string[];
  rows: number;
}

/** Rows of `replace` were copied into such a table as they came. */
export async function builtOf(checkpoint: TableTransaction, { name, quoted, columns, rows }: StagingTable) {
  await settleDefaults(checkpoint.client, { ...checkpoint.target.shape, quoted });
  return { name, quoted, columns, rows, oid: await oidOf(checkpoint, name) };
}

/** Rows of `merge` get there once it is known which of each key is the newest. Made and filled in the open transaction. */
export async function buildKeyed(checkpoint: TableTransaction, arrived: StagingTable): Promise<BuiltTable> {
  const { client, target } = checkpoint;
  const name = `${arrived.name}_built`;
  const quoted = quoteTable(STAGING_SCHEMA, name);
  const { columns, quoted: from } = arrived;
  const shape = { ...target.shape, quoted, primaryKey: [] };
  await createTable(client, shape, target.identity.run_id);
  const merging = target.merging(columns);
  await keepNewest(client, { ...merging, from });
  const { inserted } = await insertAll(client, { from: liveRows(merging, from), to: quoted, columns });
  await settleDefaults(client, shape);
  return { name, quoted, columns, rows: inserted, oid: await oidOf(checkpoint, name) };
}

async function oidOf({ client }: TableTransaction, name: string): Promise<number> {
  const table = await describeTable(client, STAGING_SCHEMA, name);
  if (table === undefined) throw new Error(`the staging table ${name} is gone`);
  return table.oid;
}
