import type pg from "pg";
import { quoteIdentifier } from "./identifiers.ts";
import { listSql } from "./row-comparison.ts";
import { STAGING_SEQUENCE } from "./table.ts";

/**
 * Leaves one row of each key in a staging table: that of the greatest version, of equal ones the last to arrive. Returns
 * how many rows are left. To look first is cheap: most batches have nothing to take out, and then nothing is written.
 */
export async function keepNewest(
  client: pg.Client,
  staging: string,
  key: readonly string[],
  version?: string,
): Promise<number> {
  const { rows } = await client.query(countsSql(staging, key));
  const { all, keys } = rows[0];
  if (all === keys) return Number(all);
  const newest = version === undefined ? "" : `${quoteIdentifier(version)} desc nulls last, `;
  await client.query(`delete from ${staging} where ctid in (select ctid from (
    select ctid, row_number() over (partition by ${listSql(key)} order by ${newest}${STAGING_SEQUENCE} desc) as place
    from ${staging}) placed where place > 1)`);
  return Number(keys);
}

function countsSql(staging: string, key: readonly string[]): string {
  if (key.length === 1) return `select count(*) as all, count(distinct ${listSql(key)}) as keys from ${staging}`;
  return `select coalesce(sum(rows), 0) as all, count(*) as keys
    from (select count(*) as rows from ${staging} group by ${listSql(key)}) grouped`;
}
