import type pg from "pg";
import { sourceType } from "./column-types.ts";
import { fitIdentifier, quoteIdentifier } from "./identifiers.ts";
import type { TableDescription } from "./introspect.ts";
import { LOADED_AT, RUN_ID, VALID_FROM, VALID_TO } from "./names.ts";
import { holds } from "./type-growth.ts";

export interface ColumnShape {
  name: string;
  /** As for `create table`: `numeric(10,2)`. */
  type: string;
}

export interface TableShape {
  /** Quoted, with its schema. */
  quoted: string;
  /** Unquoted, without its schema: names of constraints come from it. */
  name: string;
  columns: readonly ColumnShape[];
  /** Add the columns that say when and by which run a row was loaded. */
  metadata: boolean;
  /** Add the columns that say when a version of a row was the current one. */
  history?: boolean;
  primaryKey: readonly string[];
  /** Of the table whose place this one is to take: columns that it has come in its order, others after them. */
  inOrderOf?: TableDescription | undefined;
}

/** Set for every transaction that writes rows: the default of `_sluice_run_id` reads it. */
export const RUN_ID_SETTING = "sluice.run_id";

/**
 * What whoever inserts need not list. That of the run's id is evaluated for each row, which takes longer than storing a
 * narrow one: loads give the id themselves, as a value (`row-lead.ts`, `runIdSql`) or as a constant default of a table
 * that only they can see yet.
 */
const METADATA: readonly (ColumnShape & { default: string })[] = [
  { name: LOADED_AT, type: "timestamp with time zone", default: "now()" },
  { name: RUN_ID, type: "uuid", default: `nullif(current_setting('${RUN_ID_SETTING}', true), '')::uuid` },
];

/** A run's id as a value that the server makes once a statement. */
export function runIdSql(runId: string): string {
  return `'${runId}'::uuid`;
}

/** `begin`, with the run's id where the tables' defaults find it. */
export function beginSql(runId: string): string {
  return `begin; set local ${RUN_ID_SETTING} = '${runId}'; set local TimeZone = 'UTC'; set local DateStyle = 'ISO, YMD'`;
}

/** With `filledBy` the table is made for rows of one run: its id is a constant default until `settleDefaults`. */
export async function createTable(client: pg.Client, shape: TableShape, filledBy?: string): Promise<void> {
  const parts = inOrder(shape, definitions(shape, filledBy)).map(
    ({ name, type }) => `${quoteIdentifier(name)} ${type}`,
  );
  if (shape.primaryKey.length > 0) parts.push(primaryKeySql(shape));
  await client.query(`create table ${shape.quoted} (${parts.join(", ")})`);
}

/** All columns of a new table, each type with what follows it. */
function definitions({ columns, metadata, history }: TableShape, filledBy: string | undefined): ColumnShape[] {
  const defaultOf = (it: (typeof METADATA)[number]) =>
    filledBy !== undefined && it.name === RUN_ID ? runIdSql(filledBy) : it.default;
  const added = metadata ? METADATA.map((it) => ({ name: it.name, type: `${it.type} default ${defaultOf(it)}` })) : [];
  const validity = [
    { name: VALID_FROM, type: "timestamptz not null" },
    { name: VALID_TO, type: "timestamptz" },
  ];
  return [...columns, ...added, ...(history === true ? validity : [])];
}

function inOrder({ inOrderOf }: TableShape, columns: readonly ColumnShape[]): ColumnShape[] {
  const places = new Map(inOrderOf?.columns.map(({ name }, place) => [name, place]));
  const placeOf = ({ name }: ColumnShape) => places.get(name) ?? places.size;
  return columns.toSorted((one, other) => placeOf(one) - placeOf(other));
}

/** Ends what `filledBy` began. To be called in the transaction that makes the table visible. */
export async function settleDefaults(client: pg.Client, { quoted, metadata }: TableShape): Promise<void> {
  if (!metadata) return;
  const lasting = METADATA.find(({ name }) => name === RUN_ID)?.default;
  await client.query(`alter table ${quoted} alter column ${quoteIdentifier(RUN_ID)} set default ${lasting}`);
}

/** For a table that has been filled: to make the index then is faster than to keep it while rows come. */
export async function addPrimaryKey(client: pg.Client, shape: TableShape): Promise<void> {
  await client.query(`alter table ${shape.quoted} add ${primaryKeySql(shape)}`);
}

function primaryKeySql({ name, primaryKey }: TableShape): string {
  const constraint = quoteIdentifier(fitIdentifier(name, "_pkey"));
  return `constraint ${constraint} primary key (${primaryKey.map(quoteIdentifier).join(", ")})`;
}

/** A private table for rows on their way; `_sluice_seq` keeps the order they came in. Lost in a crash, and that is fine. */
export async function createStagingTable(
  client: pg.Client,
  quoted: string,
  columns: readonly ColumnShape[],
): Promise<void> {
  const list = columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`);
  list.push(`${quoteIdentifier(STAGING_SEQUENCE)} bigint generated always as identity`);
  await client.query(`create unlogged table ${quoted} (${list.join(", ")}) with (autovacuum_enabled = false)`);
}

export const STAGING_SEQUENCE = "_sluice_seq";

/**
 * The statement that adds the columns that an existing table lacks and widens those that do not hold the wanted type;
 * undefined when there is nothing to do. A column that is wider by now, because another load has widened it, stays.
 */
export function fitSql(shape: TableShape, table: TableDescription): string | undefined {
  const present = new Map(table.columns.map((column) => [column.name, column.type]));
  const actions: string[] = [];
  for (const { name, type } of shape.columns) {
    const quoted = quoteIdentifier(name);
    const [has, wanted] = [sourceType(present.get(name) ?? ""), sourceType(type)];
    // Any type can be read from its text; a column that does not just become wider has no values left by then.
    const value = holds(wanted, has) ? quoted : `${quoted}::text`;
    if (!present.has(name)) actions.push(`add column if not exists ${quoted} ${type}`);
    else if (!holds(has, wanted)) actions.push(`alter column ${quoted} type ${type} using ${value}::${type}`);
  }
  if (shape.metadata) actions.push(...missingMetadata(present));
  return actions.length === 0 ? undefined : `alter table ${shape.quoted} ${actions.join(", ")}`;
}

/** The default comes in a step of its own: rows that are there already were not loaded by this run. */
function missingMetadata(present: ReadonlyMap<string, string>): string[] {
  return METADATA.filter((column) => !present.has(column.name)).flatMap((column) => [
    `add column if not exists ${quoteIdentifier(column.name)} ${column.type}`,
    `alter column ${quoteIdentifier(column.name)} set default ${column.default}`,
  ]);
}
