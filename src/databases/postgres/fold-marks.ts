import type pg from "pg";
import { quoteIdentifier } from "./identifiers.ts";
import { ROW_ID } from "./names.ts";
import { deletedSql, listSql, notOlderSql, sameKeySql } from "./row-comparison.ts";
import { type ColumnShape, STAGING_SEQUENCE } from "./table.ts";

/*
 * A mark of a soft deletion keeps what it comes without, from the row of its key before it. Where that one is staged with
 * it, both become one staged row, which is what they would have left in the table one after the other.
 */

/** Rows that have arrived for a table and are yet to meet it. */
export interface Arrivals {
  /** Quoted, with its schema. */
  from: string;
  columns: readonly ColumnShape[];
  key: readonly string[];
  /** Without it the last to arrive wins. */
  version?: string;
  /** The column that marks a row as deleted, and what such a row does. */
  tombstone?: { column: ColumnShape; deletes: "hard" | "soft" };
  /** Rows of lists find theirs by `_sluice_row_id`. */
  hasLists?: boolean;
}

/** What staging tables of soft deletions have beside the rows' own columns. No field's name becomes one with a dot. */
export const FOLD_COLUMNS: readonly ColumnShape[] = [
  { name: "_sluice.whole", type: "boolean" },
  { name: "_sluice.folded", type: "bigint[]" },
];
/** Quoted. Of a staged mark: a live row was put into it, so that what is null is meant to be. */
export const WHOLE = quoteIdentifier("_sluice.whole");
/** Quoted. Of a staged mark: the ids of the rows that were put into it, the newest first. */
export const FOLDED = quoteIdentifier("_sluice.folded");

/** Whether staged marks may have to be folded at all. */
export async function hasSoftMarks(client: pg.Client, { from, tombstone }: Arrivals): Promise<boolean> {
  if (tombstone?.deletes !== "soft") return false;
  const marked = `select from ${from} staged where ${deletedSql(tombstone.column, "staged")}`;
  return (await client.query(`select exists (${marked}) as found`)).rows[0].found;
}

/**
 * Leaves one of `all` staged rows for each of `keys` keys: the newest, and if that is a mark with what it keeps of those
 * before it. With `to`, quoted, versions are held against those of that table. A row that comes after a newer one of its
 * key has come too late: it would have been left out by itself, and so adds nothing.
 */
export async function foldMarks(
  client: pg.Client,
  arrivals: Arrivals & { to?: string },
  { all, keys }: { all: number; keys: number },
): Promise<void> {
  let left = all - (await rowsGone(client, dropPassedSql(arrivals)));
  // Each round puts every other row of a key into the next one.
  for (let folded = 1; left > keys && folded > 0; left -= folded) folded = await rowsGone(client, foldSql(arrivals));
}

async function rowsGone(client: pg.Client, sql: string): Promise<number> {
  return (await client.query(sql)).rowCount ?? 0;
}

/** Takes away what came too late, and what has a live row after it; the newest of a key stays whatever the table holds. */
function dropPassedSql(arrivals: Arrivals & { to?: string }): string {
  const { from, key } = arrivals;
  const inOrder = `partition by ${listSql(key)} order by ${STAGING_SEQUENCE}`;
  const before = "rows between unbounded preceding and 1 preceding";
  const late = `_sluice_outdated or coalesce(_sluice_rank < max(_sluice_rank) over (${inOrder} ${before}), false)`;
  const passed = `count(*) filter (where _sluice_live and not _sluice_late) over (${inOrder} desc ${before}) > 0`;
  return `with ranked as (${rankedSql(arrivals)}),
    timed as (select *, ${late} as _sluice_late from ranked),
    placed as (select *, ${passed} as _sluice_passed from timed)
    delete from ${from} where ${STAGING_SEQUENCE} in (
      select ${STAGING_SEQUENCE} from placed where _sluice_place > 1 and (_sluice_late or _sluice_passed))`;
}

/** Each staged row's place from the newest on, the rank of its version from the oldest on, and whether the table has a newer one. */
function rankedSql({ from, to, key, version, tombstone }: Arrivals & { to?: string }): string {
  const keys = listSql(key, "staged");
  const own = version === undefined ? undefined : `staged.${quoteIdentifier(version)}`;
  const isHeld = version !== undefined && to !== undefined;
  const byVersion = own === undefined ? "" : `${own} desc nulls last, `;
  return `select staged.${STAGING_SEQUENCE}, ${keys}, not ${deletedOf(tombstone, "staged")} as _sluice_live,
      row_number() over (partition by ${keys} order by ${byVersion}staged.${STAGING_SEQUENCE} desc) as _sluice_place,
      ${own === undefined ? "1" : `dense_rank() over (partition by ${keys} order by ${own} nulls first)`} as _sluice_rank,
      ${isHeld ? `${notOlderSql(version, "staged", "target")} is not true` : "false"} as _sluice_outdated
    from ${from} staged ${isHeld ? `left join ${to} target on ${sameKeySql(key, "staged", "target")}` : ""}`;
}

/** One round: of each key's rows the first goes into the second, the third into the fourth, and so on. */
function foldSql(arrivals: Arrivals): string {
  const { from, key, columns, hasLists, tombstone } = arrivals;
  const sets = columns.map(({ name }) => {
    const column = quoteIdentifier(name);
    return `${column} = coalesce(later.${column}, earlier.${column})`;
  });
  sets.push(`${WHOLE} = earlier.${WHOLE} is true or not ${deletedOf(tombstone, "earlier")}`);
  if (hasLists === true) {
    const [later, earlier] = ["later", "earlier"].map((row) => `coalesce(${row}.${FOLDED}, '{}'::bigint[])`);
    sets.push(`${FOLDED} = ${later} || earlier.${quoteIdentifier(ROW_ID)} || ${earlier}`);
  }
  return `with placed as (
    select ${STAGING_SEQUENCE} as later, lag(${STAGING_SEQUENCE}) over in_order as earlier, row_number() over in_order as place
    from ${from} window in_order as (partition by ${listSql(key)} order by ${STAGING_SEQUENCE})
  ), pairs as (select later, earlier from placed where place % 2 = 0),
  folded as (update ${from} later set ${sets.join(", ")} from pairs, ${from} earlier
    where later.${STAGING_SEQUENCE} = pairs.later and earlier.${STAGING_SEQUENCE} = pairs.earlier)
  delete from ${from} where ${STAGING_SEQUENCE} in (select earlier from pairs)`;
}

function deletedOf(tombstone: Arrivals["tombstone"], alias: string): string {
  return tombstone === undefined ? "false" : `(${deletedSql(tombstone.column, alias)})`;
}
