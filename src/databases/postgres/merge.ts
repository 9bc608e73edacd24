import type pg from "pg";
import { quoteIdentifier } from "./identifiers.ts";
import { LOADED_AT, RUN_ID } from "./names.ts";
import { STAGING_SEQUENCE } from "./table.ts";

export interface RowCounts {
  inserted: number;
  updated: number;
  deleted: number;
}

export interface Move {
  /** Quoted, with its schema. */
  from: string;
  to: string;
  columns: readonly string[];
  metadata: boolean;
}

/** All staged rows into the table. */
export async function insertAll(client: pg.Client, move: Move): Promise<RowCounts> {
  const list = quotedList(move.columns);
  const { rowCount } = await client.query(`insert into ${move.to} (${list}) select ${list} from ${move.from}`);
  return { inserted: rowCount ?? 0, updated: 0, deleted: 0 };
}

/** The staged rows instead of all that the table holds; what depends on the table stays. */
export async function replaceAll(client: pg.Client, move: Move): Promise<RowCounts> {
  const deleted = await client.query(`delete from ${move.to}`);
  const { inserted } = await insertAll(client, move);
  return { inserted, updated: 0, deleted: deleted.rowCount ?? 0 };
}

/**
 * Staged rows by key: the last to arrive wins, rows that are equal already are left alone.
 * Needs a unique index on exactly the key columns.
 */
export async function mergeByKey(client: pg.Client, move: Move, key: readonly string[]): Promise<RowCounts> {
  const { rows } = await client.query(mergeSql(move, key));
  return { inserted: Number(rows[0].inserted), updated: Number(rows[0].updated), deleted: 0 };
}

function mergeSql(move: Move, key: readonly string[]): string {
  const list = quotedList(move.columns);
  const keys = quotedList(key);
  const others = move.columns.filter((column) => !key.includes(column)).map(quoteIdentifier);
  return `with incoming as (
    select distinct on (${keys}) ${list} from ${move.from} order by ${keys}, ${STAGING_SEQUENCE} desc
  ), merged as (
    insert into ${move.to} as target (${list}) select ${list} from incoming
    on conflict (${keys}) ${others.length === 0 ? "do nothing" : updateClause(move, others)}
    returning (xmax = 0) as is_new
  ) select count(*) filter (where is_new) as inserted, count(*) filter (where not is_new) as updated from merged`;
}

function updateClause(move: Move, others: readonly string[]): string {
  const changes = others.map((column) => `${column} = excluded.${column}`);
  if (move.metadata) changes.push(...[LOADED_AT, RUN_ID].map((name) => `${quoteIdentifier(name)} = default`));
  const differs = others.map((column) => `target.${column} is distinct from excluded.${column}`);
  return `do update set ${changes.join(", ")} where ${differs.join(" or ")}`;
}

function quotedList(columns: readonly string[]): string {
  return columns.map(quoteIdentifier).join(", ");
}
