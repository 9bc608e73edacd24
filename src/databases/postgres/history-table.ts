import type pg from "pg";
import { quoteIdentifier } from "./identifiers.ts";
import { LOADED_AT, VALID_FROM, VALID_TO } from "./names.ts";
import { listSql } from "./row-comparison.ts";

/** The index by which the current row of a key is found, however many older ones there are. */
export async function indexCurrentRows(client: pg.Client, quoted: string, key: readonly string[]): Promise<void> {
  await client.query(`create index on ${quoted} (${listSql(key)}) where ${VALID_TO} is null`);
}

/**
 * Makes a table that has one row of each key keep history from now on: every row is the current one, valid since it was
 * loaded. Its primary key gives way to one that has room for several versions.
 */
export async function beginHistory(
  client: pg.Client,
  table: { quoted: string; oid: number; hasLoadedAt: boolean },
): Promise<void> {
  const { quoted, oid } = table;
  const { rows } = await client.query("select conname from pg_constraint where conrelid = $1 and contype = 'p'", [oid]);
  for (const { conname } of rows)
    await client.query(`alter table ${quoted} drop constraint ${quoteIdentifier(conname)}`);
  await client.query(`alter table ${quoted} add column ${VALID_FROM} timestamptz, add column ${VALID_TO} timestamptz`);
  const since = table.hasLoadedAt ? `coalesce(${LOADED_AT}, now())` : "now()";
  await client.query(`update ${quoted} set ${VALID_FROM} = ${since}`);
  await client.query(`alter table ${quoted} alter column ${VALID_FROM} set not null`);
}
