import type pg from "pg";
import { quoteIdentifier, quoteTable } from "../../src/databases/postgres/identifiers.ts";

/**
 * Gives the tables of both connections what people make of theirs, once they are there: runs that are killed have to
 * keep it, and those that put a new table in the old one's place have to give it to that.
 */
export async function furnish(client: pg.Client, ...schemas: string[]): Promise<void> {
  const { rows } = await client.query(
    "select schemaname, tablename from pg_tables where schemaname = any($1) and tablename not like '\\_sluice%'",
    [schemas],
  );
  for (const { schemaname, tablename } of rows) {
    const table = quoteTable(schemaname, tablename);
    await client.query(`
      create index ${quoteIdentifier(`${tablename}_by_name`)} on ${table} (lower(name)) where id > 10;
      grant select on ${table} to public;
      grant update (name) on ${table} to pg_monitor;
      comment on table ${table} is 'All of them';
      comment on column ${table}.name is 'Who';
      alter table ${table} set (fillfactor = 90);
      alter table ${table} add constraint positive check (id >= 0)`);
  }
}
