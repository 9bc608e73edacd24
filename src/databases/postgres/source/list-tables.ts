import type pg from "pg";
import { baseInfoSql, type ColumnInfo, type ColumnRow, columnInfo, typeInfoSql } from "./column-info.ts";
import { assertAllFound, chosenSql } from "./table-patterns.ts";

/** A table or a view that the role may read. */
export interface ListedTable {
  schema: string;
  table: string;
  /** `r` table, `p` partitioned table, `v` view, `m` materialised view, `f` foreign table. */
  kind: string;
  /** The role may read it as a whole: without that it cannot be locked, only read column by column. */
  lockable: boolean;
  /** Undefined where nothing has been counted. */
  rows: number | undefined;
  comment: string | null;
  columns: ColumnInfo[];
  primaryKey: string[];
}

export interface TableChoice {
  connection: string;
  patterns: readonly string[] | undefined;
  views: boolean;
}

/** Everything about the chosen tables in one query. Throws source_not_found for a pattern that nothing answers to. */
export async function listTables(client: pg.Client, choice: TableChoice): Promise<ListedTable[]> {
  const { rows } = await client.query(tablesSql(chosenSql(choice.patterns, choice.views)));
  const tables = rows.map(({ columns, rows: counted, ...table }) => ({
    ...table,
    rows: Number(counted) < 0 ? undefined : Number(counted),
    columns: (columns as ColumnRow[]).map(columnInfo),
  })) as ListedTable[];
  const labels = tables.map(({ schema, table }) => `${schema}.${table}`);
  await assertAllFound(choice.connection, choice.patterns, labels, () => allLabels(client));
  return tables;
}

/** The role may read at least some of it. */
const READABLE =
  "has_schema_privilege(n.oid, 'usage') and (has_table_privilege(c.oid, 'select') or has_any_column_privilege(c.oid, 'select'))";

function tablesSql(chosen: string): string {
  return `with chosen as materialized (
    select c.oid, n.nspname, c.relname, c.relkind, c.reltuples from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't' and ${chosen} and ${READABLE})
  select c.nspname as schema, c.relname as table, c.relkind as kind, has_table_privilege(c.oid, 'select') as lockable,
    obj_description(c.oid, 'pg_class') as comment,
    case when c.relkind = 'p' then (select coalesce(nullif(c.reltuples, -1), nullif(sum(nullif(p.reltuples, -1)), 0), -1)
        from pg_catalog.pg_inherits i join pg_catalog.pg_class p on p.oid = i.inhrelid where i.inhparent = c.oid)
      else c.reltuples end as rows,
    (select coalesce(json_agg(json_build_object('name', a.attname, 'notNull', a.attnotnull,
        'type', ${typeInfoSql("a.atttypid", "a.atttypmod")}, 'base', ${baseInfoSql("a.atttypid")}) order by a.attnum), '[]')
      from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and (has_table_privilege(c.oid, 'select') or has_column_privilege(c.oid, a.attnum, 'select'))) as columns,
    (select coalesce(json_agg(a.attname order by k.place), '[]') from pg_catalog.pg_index i
      cross join unnest(i.indkey::int2[]) with ordinality k (attnum, place)
      join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
      where i.indrelid = c.oid and i.indisprimary and k.place <= i.indnkeyatts) as "primaryKey"
  from chosen c order by 1, 2`;
}

/** For a guess at what was meant. */
async function allLabels(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query(
    `select n.nspname || '.' || c.relname as label from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${READABLE}`,
  );
  return rows.map(({ label }) => label as string);
}
