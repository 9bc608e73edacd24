import type pg from "pg";
import { uuidv7 } from "../../core/ids.ts";
import { asDestinationError, whereOf } from "./destination-error.ts";

export const SYSTEM_SCHEMA = "_sluice";
export const STAGING_SCHEMA = "_sluice_staging";

/** Serialises the making of schemas and tables: `if not exists` alone fails when two do it at once. */
export const DDL_LOCK = 0x51_01_ce;

const STATEMENTS = `
create schema if not exists _sluice;
create schema if not exists _sluice_staging;
create table if not exists _sluice.meta (
  only_row boolean primary key default true check (only_row),
  destination_id uuid not null,
  created_at timestamptz not null default now()
);
create table if not exists _sluice.state (
  connection_id uuid not null,
  scope text not null,
  cursor json,
  revision bigint not null,
  run_id uuid,
  updated_at timestamptz not null default now(),
  primary key (connection_id, scope)
);
create table if not exists _sluice.tables (
  connection_id uuid not null,
  stream text not null,
  namespace text not null,
  table_name text not null,
  columns json not null,
  run_id uuid,
  updated_at timestamptz not null default now(),
  primary key (connection_id, stream)
);
create table if not exists _sluice.leases (
  connection_id uuid primary key,
  holder jsonb not null,
  expires_at timestamptz not null
);
create table if not exists _sluice.runs (
  run_id uuid primary key,
  connection_id uuid not null,
  connection text not null,
  type text not null,
  status text not null,
  trigger text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  attempts integer not null,
  error jsonb,
  stats jsonb,
  host text
);
create index if not exists runs_by_connection on _sluice.runs (connection_id, started_at desc);
comment on schema _sluice is 'Kept by Sluice: cursors, schemas and run history. Its rows belong to the loaded tables.';
comment on schema _sluice_staging is 'Kept by Sluice: tables of runs in progress.';
`;

const TABLES = ["meta", "state", "tables", "leases", "runs"];

/** Makes the tables that Sluice keeps in a destination, where they are missing; returns the destination's id. */
export async function ensureSystemSchema(client: pg.Client): Promise<string> {
  try {
    const known = await readDestinationId(client);
    if (known !== undefined) return known;
    await client.query("begin");
    await client.query("select pg_advisory_xact_lock($1)", [DDL_LOCK]);
    await client.query(STATEMENTS);
    await client.query("insert into _sluice.meta (destination_id) values ($1) on conflict do nothing", [uuidv7()]);
    const { rows } = await client.query("select destination_id from _sluice.meta");
    await client.query("commit");
    return rows[0].destination_id;
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw asDestinationError(error, "making Sluice's own tables in the destination", whereOf(client));
  }
}

/** Undefined when any of the tables is missing. */
export async function readDestinationId(client: pg.Client): Promise<string | undefined> {
  const found = await client.query(
    `select count(*)::int as tables from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = '_sluice' and c.relname = any($1) and c.relkind = 'r'
       and exists (select from pg_namespace where nspname = '_sluice_staging')`,
    [TABLES],
  );
  if (found.rows[0].tables !== TABLES.length) return undefined;
  const { rows } = await client.query("select destination_id from _sluice.meta");
  return rows[0]?.destination_id;
}

/** Makes the schema that tables of a connection live in. */
export async function ensureNamespace(client: pg.Client, namespace: string, quoted: string): Promise<void> {
  const { rowCount } = await client.query("select from pg_namespace where nspname = $1", [namespace]);
  if (rowCount !== 0) return;
  try {
    // Whatever is put into the schema reaches the disk after it.
    await client.query("begin; set local synchronous_commit = off");
    await client.query("select pg_advisory_xact_lock($1)", [DDL_LOCK]);
    await client.query(`create schema if not exists ${quoted}`);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw asDestinationError(error, `creating the schema ${namespace}`, whereOf(client));
  }
}
