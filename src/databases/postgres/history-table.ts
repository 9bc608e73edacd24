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
 * loaded. Its primary key, and whatever else lets a key be there only once, gives way to a key of versions.
 */
export async function beginHistory(
  client: pg.Client,
  table: { quoted: string; oid: number; key: readonly string[]; hasLoadedAt: boolean },
): Promise<void> {
  const { quoted } = table;
  for (const { index, conname } of await keysOf(client, table)) {
    const name = conname === null ? undefined : quoteIdentifier(conname);
    await client.query(name === undefined ? `drop index ${index}` : `alter table ${quoted} drop constraint ${name}`);
  }
  await client.query(`alter table ${quoted} add column ${VALID_FROM} timestamptz, add column ${VALID_TO} timestamptz`);
  const since = table.hasLoadedAt ? `coalesce(${LOADED_AT}, now())` : "now()";
  await client.query(`update ${quoted} set ${VALID_FROM} = ${since}`);
  await client.query(`alter table ${quoted} alter column ${VALID_FROM} set not null`);
}

/** The primary key, and unique indexes and constraints on exactly the columns of the key. */
async function keysOf(
  client: pg.Client,
  { oid, key }: { oid: number; key: readonly string[] },
): Promise<{ index: string; conname: string | null }[]> {
  const { rows } = await client.query(
    `select format('%I.%I', n.nspname, c.relname) as index, conname
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
       left join pg_constraint on conindid = i.indexrelid and conrelid = i.indrelid and contype in ('p', 'u')
     where i.indrelid = $1 and (i.indisprimary or (i.indisunique and i.indpred is null and i.indexprs is null
       and exists (select from pg_attribute
         where attrelid = i.indrelid and attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1])
         having array_agg(attname::text) @> $2 and array_agg(attname::text) <@ $2::text[])))`,
    [oid, key],
  );
  return rows;
}
