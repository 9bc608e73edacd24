import type pg from "pg";
import { quoteTable } from "./identifiers.ts";
import { DDL_LOCK } from "./system-schema.ts";

/** A row that could not be stored, as `<namespace>._sluice_rejects` keeps it. */
export interface RejectedRow {
  position: string;
  reason: string;
  /** The row as text, secrets masked. */
  row: string | null;
}

export interface RejectTarget {
  namespace: string;
  connection_id: string;
  stream: string;
  run_id: string;
}

export const REJECTS_TABLE = "_sluice_rejects";

/** Rows longer than this are cut: the table is for finding out what went wrong, not for keeping data. */
const MAX_ROW_CHARACTERS = 10_000;

/**
 * Keeps rejected rows in a statement of its own, so that they outlive a failed checkpoint. The position is the key: a
 * rerun that meets the same row again writes over it.
 */
export async function storeRejects(
  client: pg.Client,
  target: RejectTarget,
  rejects: readonly RejectedRow[],
): Promise<void> {
  const byPosition = new Map(rejects.map((reject) => [reject.position, reject]));
  const rows = [...byPosition.values()];
  const table = quoteTable(target.namespace, REJECTS_TABLE);
  await ensureTable(client, target.namespace, table);
  await client.query(
    `insert into ${table} (connection_id, stream, run_id, position, reason, row)
     select $1, $2, $3, * from unnest($4::text[], $5::text[], $6::text[])
     on conflict (connection_id, stream, position) do update
       set run_id = excluded.run_id, reason = excluded.reason, row = excluded.row, rejected_at = now()`,
    [
      target.connection_id,
      target.stream,
      target.run_id,
      rows.map((row) => storableText(row.position)),
      rows.map((row) => storableText(row.reason)),
      rows.map((row) => (row.row === null ? null : storableText(row.row))),
    ],
  );
}

/**
 * Two that make it at the same time would get in each other's way. In one message, which is one transaction, because
 * streams share the connection and nothing of theirs may come in between.
 */
async function ensureTable(client: pg.Client, namespace: string, table: string): Promise<void> {
  const sql = "select from pg_tables where schemaname = $1 and tablename = $2";
  if ((await client.query(sql, [namespace, REJECTS_TABLE])).rowCount !== 0) return;
  await client.query(`select pg_advisory_xact_lock(${DDL_LOCK}); create table if not exists ${table} (
    connection_id uuid not null, stream text not null, position text not null, run_id uuid not null,
    reason text not null, row text, rejected_at timestamptz not null default now(),
    primary key (connection_id, stream, position))`);
}

function storableText(text: string): string {
  return text.slice(0, MAX_ROW_CHARACTERS).replaceAll("\0", "\ufffd").toWellFormed();
}
