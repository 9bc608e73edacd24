import { randomBytes } from "node:crypto";
import { appendFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type pg from "pg";
import { expect, inject } from "vitest";
import { connectPostgres, type PostgresAddress } from "../../src/databases/postgres/client.ts";
import { holdEmbedded } from "../../src/databases/postgres/embedded/embedded-postgres.ts";
import { quoteIdentifier } from "../../src/databases/postgres/identifiers.ts";
import { openedDatabases } from "./opened-databases.ts";

export interface FreshDatabase extends AsyncDisposable {
  address: PostgresAddress;
  /** For looking at what the code under test has done. */
  client: pg.Client;
}

/**
 * Tests kill processes, never the machine, so nothing need reach the disk. What the planner knows of tables changes when
 * a test says so, and not when autovacuum comes round.
 */
const TEST_SETTINGS = { fsync: "off", full_page_writes: "off", autovacuum: "off", max_connections: "200" };
/** Closed connections leave pg_stat_activity a moment later, those of killed processes once their statement is done. */
const LEAK_GRACE_MS = 30_000;
const LEAK_POLL_MS = 20;

let server: Promise<PostgresAddress> | undefined;

/** The superuser's address of the run's own Postgres, which the first call starts. */
export function adminAddress(): Promise<PostgresAddress> {
  server ??= holdEmbedded(inject("postgresFolder"), TEST_SETTINGS);
  return server;
}

/**
 * An empty database, cloned from the template. Disposing of it closes `client` and fails if any other connection is
 * still open; the database is dropped when its test file ends, unless a test of the file failed.
 */
export async function freshDatabase(): Promise<FreshDatabase> {
  const database = databaseName();
  await asAdmin((admin) => admin.query(`create database ${quoteIdentifier(database)}`));
  const address = { ...(await adminAddress()), database };
  const client = await connectPostgres(address, { application_name: "test" });
  const close = once(async () => {
    await client.end();
    await assertNoConnections(database);
  });
  openedDatabases.set(database, close);
  const dispose = () => {
    // What closing finds is for the test that disposes of it, not for the end of the file as well.
    openedDatabases.set(database, async () => {});
    return close();
  };
  return { address, client, [Symbol.asyncDispose]: dispose };
}

/** Runs statements as the superuser, outside of any test's database. */
export async function asAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
  const admin = await connectPostgres(await adminAddress(), { application_name: "test harness" });
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** Called once a test file is over. */
export async function finishDatabases(failed: boolean): Promise<void> {
  const names = [...openedDatabases.keys()];
  const closing = await Promise.allSettled([...openedDatabases.values()].map((close) => close()));
  openedDatabases.clear();
  if (failed) {
    await appendFile(join(dirname(inject("postgresFolder")), "kept"), names.map((name) => `${name}\n`).join(""));
    return;
  }
  await asAdmin(async (admin) => {
    for (const name of names) await admin.query(`drop database ${quoteIdentifier(name)} with (force)`);
  });
  for (const result of closing) if (result.status === "rejected") throw result.reason;
}

/** `merge_test_3f09a1`: after the test file. */
function databaseName(): string {
  const file = basename(expect.getState().testPath ?? "test", ".test.ts");
  const stem = file.replace(/\W+/g, "_").slice(0, 40);
  return `${stem}_${randomBytes(4).toString("hex")}`;
}

async function assertNoConnections(database: string): Promise<void> {
  const deadline = Date.now() + LEAK_GRACE_MS;
  await asAdmin(async (admin) => {
    for (;;) {
      const open = await connectionsOf(admin, database);
      if (open.length === 0) return;
      if (Date.now() > deadline) throw new Error(`connections left open to ${database}:\n${open.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, LEAK_POLL_MS));
    }
  });
}

async function connectionsOf(admin: pg.Client, database: string): Promise<string[]> {
  const { rows } = await admin.query(
    `select format('%s (%s): %s', application_name, state, query) as open from pg_stat_activity
     where datname = $1 and backend_type = 'client backend'`,
    [database],
  );
  return rows.map((row) => row.open);
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}
