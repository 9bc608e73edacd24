import type pg from "pg";
import { type Arrivals, foldMarks, hasSoftMarks } from "./fold-marks.ts";
import { quoteIdentifier } from "./identifiers.ts";
import { listSql } from "./row-comparison.ts";
import { STAGING_SEQUENCE } from "./table.ts";

export interface Newest {
  /** How many rows are left, one of each key. */
  keys: number;
  /** Some of them are marks that others were put into: see `WHOLE`. */
  folded: boolean;
}

/**
 * Leaves one row of each key in a staging table: that of the greatest version, of equal ones the last to arrive; a mark
 * of a soft deletion with what it keeps. To look first is cheap: most batches have nothing to take out, and then nothing
 * is written. With `to`, quoted, a mark keeps nothing of versions older than those of that table.
 */
export async function keepNewest(client: pg.Client, arrivals: Arrivals & { to?: string }): Promise<Newest> {
  const { from, key, version } = arrivals;
  const { rows } = await client.query(countsSql(from, key));
  const [all, keys] = [Number(rows[0].all), Number(rows[0].keys)];
  if (all === keys) return { keys, folded: false };
  if (await hasSoftMarks(client, arrivals)) {
    await foldMarks(client, arrivals, { all, keys });
    return { keys, folded: true };
  }
  const newest = version === undefined ? "" : `${quoteIdentifier(version)} desc nulls last, `;
  await client.query(`delete from ${from} where ctid in (select ctid from (
    select ctid, row_number() over (partition by ${listSql(key)} order by ${newest}${STAGING_SEQUENCE} desc) as place
    from ${from}) placed where place > 1)`);
  return { keys, folded: false };
}

function countsSql(staging: string, key: readonly string[]): string {
  if (key.length === 1) return `select count(*) as all, count(distinct ${listSql(key)}) as keys from ${staging}`;
  return `select coalesce(sum(rows), 0) as all, count(*) as keys
    from (select count(*) as rows from ${staging} group by ${listSql(key)}) grouped`;
}
