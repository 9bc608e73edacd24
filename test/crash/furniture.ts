import type pg from "pg";
import { quoteIdentifier, quoteTable } from "../../src/databases/postgres/identifiers.ts";

/**
 * Gives the tables of both connections what people make of theirs, once they are there: runs that are killed have to
 * keep it, and those that put a new table in the old one's place have to give it to that.
 */
export async function furnish(client: pg.Client, ...schemas: string[]): Promise<void> {
  const { rows } = await client.query(
    `select table_schema as schema, table_name as name, array_agg(column_name::text) as columns
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
     where table_schema = any($1) and table_type = 'BASE TABLE' and table_name not like '\\_sluice%' group by 1, 2`,
    [schemas],
  );
  for (const { schema, name, columns } of rows) {
    const table = quoteTable(schema, name);
    await client.query(`
      grant select on ${table} to public;
      comment on table ${table} is 'All of them';
      alter table ${table} set (fillfactor = 90)`);
    // Tables of lists have columns of their own.
    if (!columns.includes("id") || !columns.includes("name")) continue;
    await client.query(`
      create index ${quoteIdentifier(`${name}_by_name`)} on ${table} (lower(name)) where id > 10;
      grant update (name) on ${table} to pg_monitor;
      comment on column ${table}.name is 'Who';
      alter table ${table} add constraint positive check (id >= 0)`);
  }
}
