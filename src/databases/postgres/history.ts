import type pg from "pg";
import { quoteIdentifier } from "./identifiers.ts";
import type { Merge } from "./merge.ts";
import { VALID_FROM, VALID_TO } from "./names.ts";
import { deletedSql, listSql, notOlderSql, sameKeySql } from "./row-comparison.ts";
import type { RowCounts } from "./row-counts.ts";
import { type ColumnShape, STAGING_SEQUENCE } from "./table.ts";

/*
 * A table that keeps history has a row for every version of a key, valid from one moment to the next; the current one
 * has no end. Which versions there are depends on the order in which rows arrived and on nothing else, above all not on
 * where checkpoints were cut: a row that differs from the one of its key before it is a version, also within a batch.
 * Times are those of the load, a microsecond apart for versions of one key in one transaction, and never run backwards.
 */

export interface History extends Omit<Merge, "runId"> {
  /** The staged rows are all that the source has: what is not among them is no longer valid. */
  complete: boolean;
}

const TICK = "interval '1 microsecond'";

/** Closes what is no longer current and adds the versions that have come; `updated` counts new versions of known keys. */
export async function keepHistory(client: pg.Client, history: History): Promise<RowCounts> {
  await client.query(`analyze ${history.from}`);
  const { rows } = await client.query(historySql(history));
  const { inserted, updated, deleted, arrived, changed } = rows[0];
  const unchanged = Number(arrived) - Number(changed);
  return { inserted: Number(inserted), updated: Number(updated), deleted: Number(deleted), unchanged };
}

function historySql(history: History): string {
  const { from, to, key, columns } = history;
  const names = listSql(columns.map(({ name }) => name));
  const isCurrent = `target.${VALID_TO} is null`;
  const vanished = history.complete
    ? `update ${to} target set ${VALID_TO} = greatest(now(), target.${VALID_FROM} + ${TICK})
       where ${isCurrent} and not exists (select from ${from} arrived where ${sameKeySql(key, "target", "arrived")}) returning 1`
    : "select where false";
  return `with ${versionsSql(history)},
  closed as (update ${to} target set ${VALID_TO} = version._sluice_from from versions version
    where version._sluice_nth = 1 and ${isCurrent} and ${sameKeySql(key, "target", "version")} returning 1),
  added as (insert into ${to} (${names}, ${VALID_FROM}, ${VALID_TO})
    select ${names}, _sluice_from, _sluice_to from versions where not _sluice_gone returning 1),
  vanished as (${vanished})
  select count(*) filter (where not _sluice_gone and _sluice_nth = 1 and _sluice_current is null) as inserted,
    count(*) filter (where not _sluice_gone and not (_sluice_nth = 1 and _sluice_current is null)) as updated,
    count(*) filter (where _sluice_gone) + (select count(*) from vanished) as deleted,
    count(*) filter (where _sluice_nth = 1) as changed,
    (select count(*) from (select from ${from} group by ${listSql(key)}) keys) as arrived
  from versions`;
}

/** The staged rows that differ from what was before them, with the time from which and until which they hold. */
function versionsSql(history: History): string {
  const { from, to, key, columns, version, tombstone } = history;
  const ofKey = `(partition by ${listSql(key)} order by ${STAGING_SEQUENCE}`;
  const gone = tombstone === undefined ? "false" : deletedSql(tombstone.column, "staged");
  const greatestBefore =
    version === undefined
      ? ""
      : `, max(${quoteIdentifier(version)}) over ${ofKey} rows between unbounded preceding and 1 preceding) as _sluice_prior`;
  return `arrived as (
    select *, ${gone} as _sluice_gone, ${imageSql(columns, "staged")} as _sluice_image${greatestBefore} from ${from} staged
  ), fresh as (
    select arrived.*, target.${VALID_FROM} as _sluice_current, ${imageSql(columns, "target")} as _sluice_held
    from arrived left join ${to} target on ${sameKeySql(key, "arrived", "target")} and target.${VALID_TO} is null
    where ${freshSql(version)}
  ), compared as (
    select *, lag(_sluice_image) over ${ofKey}) as _sluice_before, lag(_sluice_gone) over ${ofKey}) as _sluice_before_gone from fresh
  ), changes as (
    select *, row_number() over ${ofKey}) as _sluice_nth from compared where ${CHANGES}
  ), timed as (
    select *, greatest(now(), _sluice_current + ${TICK}) + (_sluice_nth - 1) * ${TICK} as _sluice_from from changes
  ), versions as (
    select *, lead(_sluice_from) over ${ofKey}) as _sluice_to from timed
  )`;
}

/** Whether a row differs from the one of its key before it: in the batch, or else in the table. */
const CHANGES = `case
  when _sluice_before_gone is null and _sluice_current is null then not _sluice_gone
  when _sluice_before_gone is null then _sluice_gone or _sluice_image operator(pg_catalog.*<>) _sluice_held
  when _sluice_gone then not _sluice_before_gone
  else _sluice_before_gone or _sluice_image operator(pg_catalog.*<>) _sluice_before end`;

/** A version that is older than one that came before it never was the current one. */
function freshSql(version: string | undefined): string {
  if (version === undefined) return "true";
  const own = `arrived.${quoteIdentifier(version)}`;
  return `(_sluice_prior is null or ${own} >= _sluice_prior) and ${notOlderSql(version, "arrived", "target")}`;
}

function imageSql(columns: readonly ColumnShape[], alias: string): string {
  return `row(${listSql(
    columns.map(({ name }) => name),
    alias,
  )})::record`;
}
