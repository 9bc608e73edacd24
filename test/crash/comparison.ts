import type pg from "pg";
import { quoteIdentifier, quoteTable } from "../../src/databases/postgres/identifiers.ts";

/** What tells one connection's tables from the other's; all of it is to be empty. */
export interface Difference {
  /** Tables whose columns or types are not the same, with both. */
  columns: string[];
  /** Rows that one has and the other has not, by table. */
  lost: Record<string, number>;
  invented: Record<string, number>;
  /** Rows that were set aside by one and not by the other, or more often. */
  rejects: string[];
  /** Owner, privileges, comments, keys, indexes and the like that one has and the other has not, with both. */
  features: string[];
  /** Rows of lists' tables that do not lead to the row, or not to the place, that they say themselves, by table. */
  astray: Record<string, number>;
  /** Staging tables of runs that are over. */
  orphans: string[];
}

export const NO_DIFFERENCE: Difference = emptyDifference();

/** Compares all tables of two schemas row by row, duplicates counted; what Sluice adds to rows is left out. */
export async function differenceBetween(client: pg.Client, attacked: string, reference: string): Promise<Difference> {
  const difference = { ...emptyDifference(), orphans: await stagingTables(client) };
  difference.rejects = await differentRejects(client, attacked, reference);
  difference.features = await differentFeatures(client, attacked, reference);
  const [here, there] = [await columnsOf(client, attacked), await columnsOf(client, reference)];
  for (const table of new Set([...here.keys(), ...there.keys()])) {
    const [mine = [], theirs = []] = [here.get(table), there.get(table)];
    if (mine.join() !== theirs.join()) {
      difference.columns.push(`${table}: ${mine.join(", ")} instead of ${theirs.join(", ")}`);
      continue;
    }
    const rows = (schema: string) => `select ${listOf(mine)} from ${quoteTable(schema, table)}`;
    const lost = await count(client, `${rows(reference)} except all ${rows(attacked)}`);
    const invented = await count(client, `${rows(attacked)} except all ${rows(reference)}`);
    if (lost > 0) difference.lost[table] = lost;
    if (invented > 0) difference.invented[table] = invented;
    const astray = table.includes("__") ? await count(client, astraySql(attacked, table)) : 0;
    if (astray > 0) difference.astray[table] = astray;
  }
  return difference;
}

function emptyDifference(): Difference {
  return { columns: [], lost: {}, invented: {}, rejects: [], features: [], astray: {}, orphans: [] };
}

/** Such tables are named after the one that their rows belong to. Its key is `id` where it has no id of Sluice's own. */
function astraySql(schema: string, table: string): string {
  const root = quoteTable(schema, table.split("__")[0] ?? "");
  const isOwn = `coalesce(to_jsonb(child) ->> '_sluice_parent_row_id', to_jsonb(child) ->> '_sluice_parent_id')
    = coalesce(to_jsonb(root) ->> '_sluice_row_id', root.id::text)`;
  return `select from ${quoteTable(schema, table)} child left join ${root} root on root.id = child.order_id and ${isOwn}
    where root.id is null or child._sluice_position <> child.line`;
}

/** `name type` of each column, by table. */
async function columnsOf(client: pg.Client, schema: string): Promise<Map<string, string[]>> {
  const { rows } = await client.query(
    `select c.relname as table, array_agg(attname || ' ' || format_type(atttypid, atttypmod) order by attnum) as columns
     from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
     where nspname = $1 and relkind = 'r' and relname not like '\\_sluice%'
       and attnum > 0 and not attisdropped and attname not like '\\_sluice%'
     group by 1`,
    [schema],
  );
  return new Map(rows.map((row) => [row.table, row.columns]));
}

async function differentRejects(client: pg.Client, attacked: string, reference: string): Promise<string[]> {
  const [here, there] = [await rejectsOf(client, attacked), await rejectsOf(client, reference)];
  return here.join() === there.join() ? [] : [`${here.join()} instead of ${there.join()}`];
}

/** The rows that were set aside, with the reason of each. */
export async function rejectsOf(client: pg.Client, schema: string): Promise<string[]> {
  const table = quoteTable(schema, "_sluice_rejects");
  const { rows: made } = await client.query("select to_regclass($1) is not null as made", [table]);
  if (!made[0].made) return [];
  const { rows } = await client.query(`select stream, position, reason, row from ${table} order by 1, 2`);
  return rows.map((row) => JSON.stringify(row));
}

/** A word for each thing that belongs to a table, without the schema's name. */
const FEATURES = `
  with tables as (select c.* from pg_class c join pg_namespace n on n.oid = relnamespace
    where nspname = $1 and relkind = 'r' and relname not like '\\_sluice%')
  select relname || ': ' || replace(feature, quote_ident($1) || '.', '') as feature from tables t, lateral (
    select 'owner ' || pg_get_userbyid(relowner)
    union all select 'persistence ' || relpersistence::text
    union all select 'option ' || option from unnest(reloptions) option
    union all select 'privilege ' || acl::text from unnest(relacl) acl
    union all select 'comment ' || coalesce(col.attname || ' ', '') || description from pg_description d
      left join pg_attribute col on attrelid = objoid and attnum = nullif(objsubid, 0)
      where objoid = t.oid and d.classoid = 'pg_class'::regclass
    union all select 'index ' || pg_get_indexdef(indexrelid) || case when indisvalid then '' else ' (invalid)' end
      from pg_index where indrelid = t.oid
    union all select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where conrelid = t.oid
    union all select 'default ' || attname || ' ' || pg_get_expr(adbin, adrelid) from pg_attrdef
      join pg_attribute on attrelid = adrelid and attnum = adnum where adrelid = t.oid
    union all select 'privilege ' || attname || ' ' || attacl::text from pg_attribute where attrelid = t.oid and attacl is not null
  ) found (feature)`;

async function differentFeatures(client: pg.Client, attacked: string, reference: string): Promise<string[]> {
  const of = async (schema: string) =>
    (await client.query(FEATURES, [schema])).rows.map(({ feature }) => feature as string);
  const [here, there] = [await of(attacked), await of(reference)];
  return [
    ...there.filter((feature) => !here.includes(feature)).map((feature) => `lacks ${feature}`),
    ...here.filter((feature) => !there.includes(feature)).map((feature) => `has ${feature}`),
  ];
}

function listOf(columns: readonly string[]): string {
  return columns.map((column) => `${quoteIdentifier(column.split(" ")[0] ?? "")}::text`).join(", ");
}

async function stagingTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query("select tablename from pg_tables where schemaname = '_sluice_staging'");
  return rows.map((row) => row.tablename);
}

async function count(client: pg.Client, sql: string): Promise<number> {
  const { rows } = await client.query(`select count(*)::int as n from (${sql}) as found`);
  return rows[0].n;
}
