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
    ('idle_session_timeout', '0'), ('lock_timeout', $1), ('application_name', $4),
    ('work_mem', case when pg_size_bytes(current_setting('work_mem')) < pg_size_bytes($2) then $2 end),
    ('maintenance_work_mem',
      case when pg_size_bytes(current_setting('maintenance_work_mem')) < pg_size_bytes($3) then $3 end)
  ) wanted (name, value) where value is not null and current_setting(name, true) is not null`;

export interface LoadingSession {
  /** What `pg_stat_activity` shows. */
  application_name: string;
  lock_timeout_ms: number;
}

/** Makes a session fit for loading: it may work for hours, or wait for a slow source, and waits for locks only so long. */
export async function settleForLoading(client: pg.Client, session: LoadingSession): Promise<void> {
  const patience = `${Math.ceil(session.lock_timeout_ms)}ms`;
  await client.query(SETTINGS, [patience, WORK_MEM, MAINTENANCE_WORK_MEM, session.application_name]);
}
