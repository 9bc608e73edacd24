import type pg from "pg";

/** Enough for sorting and joining a checkpoint's rows in memory; a role that is allowed more keeps it. */
const WORK_MEM = "64MB";
/** For the indexes of a new table. */
const MAINTENANCE_WORK_MEM = "256MB";

/**
 * Settings of the role or the database that would end a load in its middle are for sessions of people and of programs
 * that forget their transactions. What waits for locks is limited by the load itself. Not every server has all of them.
 */
const SETTINGS = `
select set_config(name, value, false) from (values
    ('statement_timeout', '0'), ('transaction_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
    ('idle_session_timeout', '0'), ('lock_timeout', $1),
    ('work_mem', case when pg_size_bytes(current_setting('work_mem')) < pg_size_bytes($2) then $2 end),
    ('maintenance_work_mem',
      case when pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes($3) then $3 end)
  ) wanted (name, value) where value is not null and current_setting(name, true) is not null`;

/** Makes a session fit for loading: it may work for hours, or wait for a slow source, and waits for locks only so long. */
export async function settleForLoading(client: pg.Client, lock_timeout_ms: number): Promise<void> {
  await client.query(SETTINGS, [`${Math.ceil(lock_timeout_ms)}ms`, WORK_MEM, MAINTENANCE_WORK_MEM]);
}
