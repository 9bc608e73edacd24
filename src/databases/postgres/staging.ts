import type pg from "pg";
import { quoteTable } from "./identifiers.ts";
import { STAGING_SCHEMA } from "./system-schema.ts";

/** Tables are named `<run id without dashes>_<n>`. */
const STAGING_NAME = /^([0-9a-f]{32})_(\d+)$/;

/**
 * Held for as long as the session lives, so that nobody takes this run's staging tables for orphans. Shared, because
 * the backend of an earlier attempt of the run may not have noticed yet that its client is gone.
 */
export async function holdStagingNames(client: pg.Client, runId: string): Promise<void> {
  await client.query("select pg_advisory_lock_shared($1)", [lockKey(runId.replaceAll("-", ""))]);
}

/** Drops the staging tables of runs that no longer live. Returns the highest number that `runId` still has in use. */
export async function dropOrphans(client: pg.Client, runId: string): Promise<number> {
  const { rows } = await client.query(
    "select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relkind = 'r'",
    [STAGING_SCHEMA],
  );
  let highest = 0;
  for (const { name } of rows) {
    const [, run, number] = STAGING_NAME.exec(name) ?? [];
    if (run === undefined || (await dropIfOrphan(client, name, run))) continue;
    if (run === runId.replaceAll("-", "")) highest = Math.max(highest, Number(number));
  }
  return highest;
}

async function dropIfOrphan(client: pg.Client, name: string, run: string): Promise<boolean> {
  await client.query("begin");
  try {
    const { rows } = await client.query("select pg_try_advisory_xact_lock($1) as free", [lockKey(run)]);
    if (rows[0].free === true) await client.query(`drop table if exists ${quoteTable(STAGING_SCHEMA, name)}`);
    return rows[0].free === true;
  } finally {
    await client.query("commit");
  }
}

/** The run's last 64 bits: random in a UUIDv7. */
function lockKey(run: string): string {
  return BigInt.asIntN(64, BigInt(`0x${run.slice(16)}`)).toString();
}
