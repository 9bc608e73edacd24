import type pg from "pg";
import { type Arrivals, WHOLE } from "./fold-marks.ts";
import { quoteIdentifier } from "./identifiers.ts";
import { LOADED_AT, RUN_ID } from "./names.ts";
import { deletedSql, differsSql, listSql, notOlderSql, sameKeySql } from "./row-comparison.ts";
import type { RowCounts } from "./row-counts.ts";
import { keepNewest } from "./supersede.ts";
import { type ColumnShape, runIdSql } from "./table.ts";

/** How staged rows meet a table by key. */
export interface Merge extends Arrivals {
  /** Quoted. It has a unique index on exactly the columns of `key`. */
  to: string;
  /** Of the run, for tables that say which one loaded a row. */
  runId?: string;
}

/**
 * From this share of the table's rows on, joining the whole table with the staged rows is faster than finding each row
 * by the index: `on conflict` also locks, and so writes, every row that it finds, even one that stays as it is.
 */
const SHARE_FOR_JOIN = 0.1;

/** Staged rows by key. The newest of a key wins; rows that are equal already are left alone. */
export async function mergeByKey(client: pg.Client, merge: Merge): Promise<RowCounts> {
  const { keys: incoming, folded } = await keepNewest(client, merge);
  // What is folded into a mark is known of the staged row alone, which `on conflict` does not see.
  const byJoin = folded || incoming >= SHARE_FOR_JOIN * (await estimatedRows(client, merge.to));
  if (byJoin || merge.tombstone !== undefined) await client.query(`analyze ${merge.from}`);
  const { rows } = await client.query(byJoin ? joinSql(merge) : conflictSql(merge));
  const [inserted, written, deleted, marked] = ["inserted", "updated", "deleted", "marked"].map((name) =>
    Number(rows[0][name]),
  ) as [number, number, number, number];
  const unchanged = incoming - inserted - written - deleted;
  return { inserted, updated: written - marked, unchanged, deleted: deleted + marked };
}

/** The staged rows that belong into a table of their own, as a source to select from; one of each key is left by then. */
export function liveRows(merge: Pick<Merge, "tombstone">, from: string): string {
  return `(select * from ${from} incoming where ${lives(merge)}) live`;
}

/** The planner's own estimate, by the table's size today. */
async function estimatedRows(client: pg.Client, quoted: string): Promise<number> {
  const { rows } = await client.query(`explain (format json) select from ${quoted}`);
  return Number(rows[0]["QUERY PLAN"][0].Plan["Plan Rows"]);
}

/** Every row by itself, through the index. */
function conflictSql(merge: Merge): string {
  const { from, to, key } = merge;
  const written = `insert into ${to} as target (${targets(merge)}) select ${values(merge)} from ${from} incoming
    where ${lives(merge)} on conflict (${listSql(key)}) do ${onConflict(merge)} returning (xmax = 0) as is_new`;
  return `with written as (${written}), ${removals(merge)}
    select (select count(*) filter (where is_new) from written) as inserted,
      (select count(*) filter (where not is_new) from written) as updated, ${removed}`;
}

/** All at once. A row that someone else inserts in the meantime is met as a conflict. */
function joinSql(merge: Merge): string {
  const { from, to, key } = merge;
  const same = sameKeySql(key, "target", "incoming");
  const updated = hasOthers(merge)
    ? `update ${to} target set ${assignments(merge, "incoming")} from ${from} incoming
       where ${same} and ${lives(merge)} and ${changes(merge, "incoming")} returning 1`
    : "select where false";
  const inserted = `insert into ${to} as target (${targets(merge)}) select ${values(merge)} from ${from} incoming
    where ${lives(merge)} and not exists (select from ${to} target where ${same})
    on conflict (${listSql(key)}) do ${onConflict(merge)} returning 1`;
  return `with updated as (${updated}), inserted as (${inserted}), ${removals(merge)}
    select (select count(*) from inserted) as inserted, (select count(*) from updated) as updated, ${removed}`;
}

const removed = "(select count(*) from removed) as deleted, (select count(*) from marked) as marked";

/** Rows that marked ones take out of the table, and rows that have been live so far and are marked now. */
function removals({ from, to, key, version, tombstone }: Merge): string {
  const none = "select where false";
  if (tombstone === undefined) return `removed as (${none}), marked as (${none})`;
  const { column, deletes } = tombstone;
  const newer = version === undefined ? "" : ` and ${notOlderSql(version, "incoming", "target")}`;
  const hit = `${sameKeySql(key, "target", "incoming")} and ${deletedSql(column, "incoming")}${newer}`;
  if (deletes === "hard")
    return `removed as (delete from ${to} target using ${from} incoming where ${hit} returning 1), marked as (${none})`;
  const wasLive = `not (${deletedSql(column, "target")})`;
  return `removed as (${none}), marked as (select from ${to} target join ${from} incoming on ${hit} and ${wasLive})`;
}

/** Staged rows that belong into the table. */
function lives({ tombstone }: Pick<Merge, "tombstone">): string {
  return tombstone?.deletes === "hard" ? `not (${deletedSql(tombstone.column, "incoming")})` : "true";
}

function onConflict(merge: Merge): string {
  if (!hasOthers(merge)) return "nothing";
  return `update set ${assignments(merge, "excluded")} where ${changes(merge, "excluded")}`;
}

function changes(merge: Merge, incoming: string): string {
  const terms = [differs(merge, incoming)];
  if (merge.version !== undefined) terms.push(notOlderSql(merge.version, incoming, "target"));
  return terms.join(" and ");
}

/** Whether an incoming row is a mark, which leaves those values as they are that it comes without. */
function keeps({ tombstone }: Merge, incoming: string): string | undefined {
  if (tombstone?.deletes !== "soft") return undefined;
  const marked = deletedSql(tombstone.column, incoming);
  return incoming === "excluded" ? marked : `(${marked} and ${incoming}.${WHOLE} is not true)`;
}

function differs(merge: Merge, incoming: string): string {
  const plain = differsSql(others(merge), "target", incoming);
  const kept = keeps(merge, incoming);
  if (kept === undefined) return plain;
  const terms = others(merge).map(
    (column) =>
      `(${incoming}.${quoteIdentifier(column.name)} is not null and ${differsSql([column], "target", incoming)})`,
  );
  return `case when ${kept} then ${terms.join(" or ")} else ${plain} end`;
}

function assignments(merge: Merge, incoming: string): string {
  const marked = keeps(merge, incoming);
  const sets = others(merge).map(({ name }) => {
    const column = quoteIdentifier(name);
    const kept = `case when ${marked} and ${incoming}.${column} is null then target.${column} else ${incoming}.${column} end`;
    return `${column} = ${marked === undefined ? `${incoming}.${column}` : kept}`;
  });
  if (merge.runId !== undefined) {
    sets.push(`${quoteIdentifier(LOADED_AT)} = default`, `${quoteIdentifier(RUN_ID)} = ${runIdSql(merge.runId)}`);
  }
  return sets.join(", ");
}

function others({ columns, key }: Merge): ColumnShape[] {
  return columns.filter(({ name }) => !key.includes(name));
}

function hasOthers(merge: Merge): boolean {
  return others(merge).length > 0;
}

function targets({ columns, runId }: Merge): string {
  return listSql([...columns.map(({ name }) => name), ...(runId === undefined ? [] : [RUN_ID])]);
}

function values({ columns, runId }: Merge): string {
  const incoming = columns.map(({ name }) => `incoming.${quoteIdentifier(name)}`);
  return [...incoming, ...(runId === undefined ? [] : [runIdSql(runId)])].join(", ");
}
