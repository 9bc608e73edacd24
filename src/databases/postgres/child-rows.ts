import type pg from "pg";
import { FOLDED, WHOLE } from "./fold-marks.ts";
import { quoteIdentifier } from "./identifiers.ts";
import { liveRows, type Merge } from "./merge.ts";
import { ROW_ID } from "./names.ts";
import { deletedSql, notOlderSql, sameKeySql } from "./row-comparison.ts";

/*
 * Rows of child tables under `merge`: they come and go with the row that they belong to. Staged rows know it by
 * `_sluice_row_id`, because a key may be staged several times; stored ones by its key.
 */

/** The staged rows that others belong to, and how those name them. */
export interface Parents {
  /** Quoted. */
  staged: string;
  key: readonly string[];
  /** The columns of the child table that hold the key, in the same order. */
  link: readonly string[];
  tombstone?: Merge["tombstone"];
}

export interface Vanishing {
  /** Quoted: the child table. */
  table: string;
  parents: Parents;
  /** Quoted: the rows that have come for it, if any. */
  staged?: string;
  key: readonly string[];
  /** Quoted: the rows that have come for the outermost list on the way to this table, if any. */
  outermost?: string;
}

/** After a merge: takes staged rows away that are older than what the table holds, so that theirs do not count either. */
export async function dropOutdated(client: pg.Client, merge: Merge): Promise<void> {
  if (merge.version === undefined) return;
  const { from, to, key, version } = merge;
  const newer = `(${notOlderSql(version, "incoming", "target")}) is not true`;
  await client.query(
    `delete from ${from} incoming using ${to} target where ${sameKeySql(key, "incoming", "target")} and ${newer}`,
  );
}

/**
 * A mark that others were put into takes over their lists as it does their values: each from the newest that brought it,
 * unless it brings that list itself. `outermost`, quoted, are the staged rows of the outermost list on the way to `staged`.
 */
export async function inheritLists(client: pg.Client, staged: string, parents: Parents, outermost: string) {
  const row = quoteIdentifier(ROW_ID);
  const brings = (id: string) => `exists (select from ${outermost} own where own.${row} = ${id})`;
  await client.query(`update ${staged} child set ${row} = heirs.heir from (
      select distinct on (parent.${row}) parent.${row} as heir, bearer.id
      from ${parents.staged} parent cross join unnest(parent.${FOLDED}) with ordinality as bearer(id, place)
      where not ${brings(`parent.${row}`)} and ${brings("bearer.id")} order by parent.${row}, bearer.place
    ) heirs where child.${row} = heirs.id`);
}

/** Takes staged rows of a child table away whose own row was superseded, is out of date, or marked as deleted. */
export async function dropSuperseded(client: pg.Client, staged: string, parents: Parents): Promise<void> {
  const { tombstone } = parents;
  const live = liveRows(tombstone === undefined ? {} : { tombstone }, parents.staged);
  const row = quoteIdentifier(ROW_ID);
  await client.query(
    `delete from ${staged} child where not exists (select from ${live} where live.${row} = child.${row})`,
  );
}

/** Takes rows out of a child table that the rows which have come do not have any more. Returns how many. */
export async function dropVanished(client: pg.Client, vanishing: Vanishing): Promise<number> {
  const { table, parents, staged, key } = vanishing;
  const own = parents.key.map((name, i) => {
    return `target.${quoteIdentifier(parents.link[i] as string)} = parent.${quoteIdentifier(name)}`;
  });
  const stays =
    staged === undefined ? "false" : `exists (select from ${staged} kept where ${sameKeySql(key, "kept", "target")})`;
  const { rowCount } = await client.query(
    `delete from ${table} target using ${parents.staged} parent
     where ${own.join(" and ")} and not ${stays} and not ${leavesAlone(vanishing)}`,
  );
  return rowCount ?? 0;
}

/** A mark of a soft deletion that comes without a list leaves its rows as they are, as it does values that it lacks. */
function leavesAlone({ parents: { tombstone }, outermost }: Vanishing): string {
  if (tombstone?.deletes !== "soft") return "false";
  const row = quoteIdentifier(ROW_ID);
  const brings =
    outermost === undefined ? "false" : `exists (select from ${outermost} own where own.${row} = parent.${row})`;
  return `(${deletedSql(tombstone.column, "parent")} and parent.${WHOLE} is not true and not ${brings})`;
}
