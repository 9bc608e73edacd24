import type pg from "pg";

/** As autovacuum does it, which comes a minute later: until then plans are made for the table as it was. */
const SHARE_WORTH_IT = 0.1;
/** The planner reads a smaller table as a whole anyway. */
const ROWS_WORTH_IT = 1000;

/**
 * The least that can be asked for: the size of the table and the spread of the values of some 300 rows. Each page of a
 * table that was just filled is written when it is first looked at, so that a full look would cost a tenth of the load.
 */
const ROUGH_TARGET = 1;

/**
 * Gives the planner a rough picture of a table inside a transaction. Columns are named one by one, because the server
 * then goes on counting what has changed: autovacuum makes the full picture when it comes round.
 */
export async function analyseRoughly(client: pg.Client, quoted: string): Promise<void> {
  const { rows } = await client.query(
    `select string_agg(quote_ident(attname), ', ') as columns from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
    [quoted],
  );
  const { columns } = rows[0];
  if (columns === null) return;
  await client.query(`set local default_statistics_target = ${ROUGH_TARGET}; analyze ${quoted} (${columns})`);
}

/**
 * Has the planner's picture of a table made anew where a load has changed much of it. The rows are committed by then: if
 * it cannot be done, because the table is another role's or somebody holds a lock on it, that is left to autovacuum.
 */
export async function analyseIfWorthIt(client: pg.Client, quoted: string, changed: number): Promise<boolean> {
  if (changed < ROWS_WORTH_IT) return false;
  try {
    const { rows } = await client.query("select reltuples::float8 as known from pg_class where oid = $1::regclass", [
      quoted,
    ]);
    if (changed < SHARE_WORTH_IT * Number(rows[0].known)) return false;
    // A picture that is lost when the server crashes is made again by autovacuum.
    await client.query("begin; set local synchronous_commit = off");
    await analyseRoughly(client, quoted);
    await client.query("commit");
    return true;
  } catch {
    await client.query("rollback").catch(() => {});
    return false;
  }
}
