import type pg from "pg";

/** As autovacuum does it, which comes a minute later: until then plans are made for the table as it was. */
const SHARE_WORTH_IT = 0.1;
/** The planner reads a smaller table as a whole anyway. */
const ROWS_WORTH_IT = 1000;

/**
 * Has the planner's statistics made anew where a load has changed much of the table. The rows are committed by then: if
 * it cannot be done, because the table is another role's or somebody holds a lock on it, that is left to autovacuum.
 */
export async function analyseIfWorthIt(client: pg.Client, quoted: string, changed: number): Promise<boolean> {
  if (changed < ROWS_WORTH_IT) return false;
  try {
    const { rows } = await client.query("select reltuples::float8 as known from pg_class where oid = $1::regclass", [
      quoted,
    ]);
    if (changed < SHARE_WORTH_IT * Number(rows[0].known)) return false;
    await client.query(`analyze ${quoted}`);
    return true;
  } catch {
    return false;
  }
}
