import type pg from "pg";
import { quoteIdentifier, quoteTable } from "../../src/databases/postgres/identifiers.ts";
import { LOADED_AT, ROW_ID, RUN_ID, VALID_FROM, VALID_TO } from "../../src/databases/postgres/names.ts";
import { passesApart } from "./passes.ts";

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
  /**
   * Rows of lists' tables that do not lead to the row, or not to the place, that they say themselves; versions of rows
   * that overlap the next one, or end before they begin. By table.
   */
  astray: Record<string, number>;
  /** Staging tables of runs that are over. */
  orphans: string[];
}

export const NO_DIFFERENCE: Difference = emptyDifference();

/** Other values in every run, whatever happens to it; moments of a history are told by their order. */
const OF_A_RUN = new Set([LOADED_AT, RUN_ID, ROW_ID, "_sluice_parent_row_id"]);
const OF_HISTORY = new Set([VALID_FROM, VALID_TO]);
/** What is wrong with a version whatever the other connection has. */
const VOID = "it ends before it begins";
const OVERLAP = "the next one, which began before its end";

export interface ComparisonOptions {
  /** Where every run brings the whole table again: how often more the attacked connection may have done so. */
  repeats?: number | undefined;
}

/** Compares all tables of two schemas row by row, duplicates counted; times of loads and ids of runs are left out. */
export async function differenceBetween(
  client: pg.Client,
  attacked: string,
  reference: string,
  { repeats }: ComparisonOptions = {},
): Promise<Difference> {
  const difference = { ...emptyDifference(), orphans: await stagingTables(client) };
  difference.rejects = await differentRejects(client, attacked, reference);
  difference.features = await differentFeatures(client, attacked, reference);
  for (const [name, mine, theirs] of await pairsOf(client, attacked, reference)) {
    const [here, there] = [shapeOf(mine), shapeOf(theirs)];
    if (here !== there) {
      difference.columns.push(`${name}: ${here} instead of ${there}`);
      continue;
    }
    const [rows, wanted] = [rowsSql(attacked, name, mine), rowsSql(reference, name, theirs)];
    const { lost, invented } = repeats === undefined ? apart(rows, wanted) : passesApart(rows, wanted, repeats);
    note(difference.lost, name, await count(client, lost));
    note(difference.invented, name, await count(client, invented));
    note(difference.astray, name, await countAstray(client, attacked, name, mine));
  }
  return difference;
}

/** All that Sluice and the source have made of the rows, as text. */
function rowsSql(schema: string, name: string, table: Table): string {
  const compared = table.columns.filter((column) => !OF_A_RUN.has(column.name) && !OF_HISTORY.has(column.name));
  const values = compared.map((column) => `${quoteIdentifier(column.name)}::text`);
  const from = quoteTable(schema, name);
  return keepsHistory(table) ? versionsSql(from, values, table.key) : `select ${values.join(", ")} from ${from}`;
}

/** The versions of each key in their order, and what comes after each. */
function versionsSql(from: string, values: readonly string[], key: readonly string[]): string {
  const after = `case when ${VALID_TO} <= ${VALID_FROM} then '${VOID}'
    when ${VALID_TO} is null then case when lead(${VALID_FROM}) over versions is null then 'nothing, it is current' else '${OVERLAP}' end
    when lead(${VALID_FROM}) over versions is null then 'nothing, the row is gone'
    when lead(${VALID_FROM}) over versions = ${VALID_TO} then 'the next one'
    when lead(${VALID_FROM}) over versions < ${VALID_TO} then '${OVERLAP}'
    else 'a while without the row' end`;
  return `select ${values.join(", ")}, row_number() over versions as nth, ${after} as after from ${from}
    window versions as (partition by ${key.map(quoteIdentifier).join(", ")} order by ${VALID_FROM})`;
}

function apart(rows: string, wanted: string): { lost: string; invented: string } {
  return { lost: `${wanted} except all ${rows}`, invented: `${rows} except all ${wanted}` };
}

function keepsHistory({ columns }: Table): boolean {
  return columns.some(({ name }) => name === VALID_FROM);
}

function note(found: Record<string, number>, table: string, rows: number): void {
  if (rows > 0) found[table] = rows;
}

function emptyDifference(): Difference {
  return { columns: [], lost: {}, invented: {}, rejects: [], features: [], astray: {}, orphans: [] };
}

async function countAstray(client: pg.Client, schema: string, name: string, table: Table): Promise<number> {
  if (keepsHistory(table)) {
    return count(
      client,
      `select from (${rowsSql(schema, name, table)}) found where after in ('${VOID}', '${OVERLAP}')`,
    );
  }
  return name.includes("__") ? count(client, astraySql(schema, name)) : 0;
}

/** Such tables are named after the one that their rows belong to. Its key is `id` where it has no id of Sluice's own. */
function astraySql(schema: string, table: string): string {
  const root = quoteTable(schema, table.split("__")[0] ?? "");
  const isOwn = `coalesce(to_jsonb(child) ->> '_sluice_parent_row_id', to_jsonb(child) ->> '_sluice_parent_id')
    = coalesce(to_jsonb(root) ->> '_sluice_row_id', root.id::text)`;
  return `select from ${quoteTable(schema, table)} child left join ${root} root on root.id = child.order_id and ${isOwn}
    where root.id is null or child._sluice_position <> child.line`;
}

interface Table {
  /** In the order of the table, Sluice's own among them. */
  columns: { name: string; type: string }[];
  /** Of the primary key, without the moment from which a version holds. */
  key: string[];
}

/** The tables that either schema has, with what both know of them. */
async function pairsOf(client: pg.Client, attacked: string, reference: string): Promise<[string, Table, Table][]> {
  const [here, there] = [await tablesOf(client, attacked), await tablesOf(client, reference)];
  const none = { columns: [], key: [] };
  return [...new Set([...here.keys(), ...there.keys()])].map((name) => [
    name,
    here.get(name) ?? none,
    there.get(name) ?? none,
  ]);
}

async function tablesOf(client: pg.Client, schema: string): Promise<Map<string, Table>> {
  const { rows } = await client.query(
    `select c.relname as name,
       json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod)) order by attnum) as columns,
       coalesce(json_agg(attname order by attnum) filter (where attnum = any(indkey) and attname <> '${VALID_FROM}'), '[]') as key
     from pg_attribute a join pg_class c on c.oid = attrelid join pg_namespace n on n.oid = relnamespace
     left join pg_index on indrelid = c.oid and indisprimary
     where nspname = $1 and relkind = 'r' and relname not like '\\_sluice%' and attnum > 0 and not attisdropped
     group by 1`,
    [schema],
  );
  return new Map(rows.map(({ name, columns, key }) => [name, { columns, key }]));
}

/** Where Sluice's own columns stand depends on when the others came to be known: only those have an order. */
function shapeOf({ columns }: Table): string {
  const isOwn = (name: string) => name.startsWith("_sluice");
  const words = (own: boolean) =>
    columns.filter(({ name }) => isOwn(name) === own).map(({ name, type }) => `${name} ${type}`);
  return [...words(false), ...words(true).sort()].join(", ");
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

async function stagingTables(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query("select tablename from pg_tables where schemaname = '_sluice_staging'");
  return rows.map((row) => row.tablename);
}

async function count(client: pg.Client, sql: string): Promise<number> {
  const { rows } = await client.query(`select count(*)::int as n from (${sql}) as found`);
  return rows[0].n;
}
