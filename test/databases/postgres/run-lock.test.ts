import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresAddress } from "../../../src/databases/postgres/client.ts";
import { acquireRunLock, type RunLock, type RunLockTiming } from "../../../src/databases/postgres/run-lock.ts";
import { type FreshDatabase, freshDatabase } from "../../harness/postgres.ts";
import { startTcpProxy, type TcpProxy } from "../../harness/tcp-proxy.ts";

let database: FreshDatabase;
/** As a transaction-pooling pgbouncer shows itself: it greets with a process id of its own making. */
let pooler: TcpProxy;
let direct: PostgresAddress;
let pooled: PostgresAddress;

beforeAll(async () => {
  database = await freshDatabase();
  direct = database.address;
  pooler = await startTcpProxy(direct.port, withOtherProcessId);
  pooled = { ...direct, port: pooler.port };
});
afterAll(async () => {
  await pooler[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** BackendKeyData: `K`, length 12, process id, key. It comes between ParameterStatus messages and ReadyForQuery. */
function withOtherProcessId(chunk: Buffer): Buffer {
  const at = chunk.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
  if (at < 0 || chunk.length < at + 13) return chunk;
  const changed = Buffer.from(chunk);
  changed.writeInt32BE(changed.readInt32BE(at + 5) + 1_000_000, at + 5);
  return changed;
}

const holder = () => ({ run_id: randomUUID(), host: hostname(), pid: process.pid });
const quick: RunLockTiming = { lease_ms: 400, renew_ms: 50 };

async function leaseOf(connectionId: string): Promise<{ via: string } | undefined> {
  const sql = "select holder from _sluice.leases where connection_id = $1";
  return (await database.client.query(sql, [connectionId])).rows[0]?.holder;
}

function lost(lock: RunLock): Promise<unknown> {
  return new Promise((resolve) => lock.lost.addEventListener("abort", () => resolve(lock.lost.reason), { once: true }));
}

/** Tries until the lock is free. */
async function eventually(address: PostgresAddress, connectionId: string): Promise<RunLock> {
  for (;;) {
    const lock = await acquireRunLock(address, connectionId, holder(), quick).catch((error) => error);
    if (!(lock instanceof Error)) return lock;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

describe.each([
  ["directly", "directly"],
  ["directly", "through a pooler"],
  ["through a pooler", "directly"],
  ["through a pooler", "through a pooler"],
])("a connection that is run %s", (first, second) => {
  const addressOf = (way: string) => (way === "directly" ? direct : pooled);

  test(`cannot be run ${second} at the same time, and can be afterwards`, async () => {
    const id = randomUUID();
    const mine = holder();
    const lock = await acquireRunLock(addressOf(first), id, mine);
    expect(await leaseOf(id)).toMatchObject({ ...mine, via: first === "directly" ? "session" : "lease" });
    const error = await acquireRunLock(addressOf(second), id, holder()).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: "already_running", exitCode: 5, details: mine });
    expect(error.message).toContain(`process ${mine.pid} on ${mine.host}`);
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
    await lock.release();
    expect(await leaseOf(id)).toBeUndefined();
    await (await acquireRunLock(addressOf(second), id, holder())).release();
    expect(lock.lost.aborted).toBe(false);
  });
});

test("different connections do not wait for each other, and of many at once exactly one gets the lock", async () => {
  const id = randomUUID();
  const other = await acquireRunLock(direct, randomUUID(), holder());
  const tries = Array.from({ length: 8 }, (_, i) => acquireRunLock(i % 2 === 0 ? direct : pooled, id, holder()));
  const results = await Promise.allSettled(tries);
  const winners = results.filter((result) => result.status === "fulfilled");
  expect(winners).toHaveLength(1);
  await winners[0]?.value.release();
  await other.release();
});

test("a killed process frees its lock, without anybody waiting for a lease to expire", async () => {
  const id = randomUUID();
  const script = join(import.meta.dirname, "run-lock-holder.ts");
  const child = spawn(process.execPath, [script, JSON.stringify({ address: direct, connectionId: id })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  expect(await acquireRunLock(direct, id, holder()).catch((error) => error.code)).toBe("already_running");
  child.kill("SIGKILL");
  const { rows } = await database.client.query("select expires_at from _sluice.leases where connection_id = $1", [id]);
  const lock = await eventually(direct, id);
  expect(new Date(rows[0].expires_at).getTime()).toBeGreaterThan(Date.now());
  await lock.release();
});

test("a direct lock is lost, and says so, when its session is ended", async () => {
  const id = randomUUID();
  const mine = holder();
  const lock = await acquireRunLock(direct, id, mine);
  const reason = lost(lock);
  await database.client.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1", [
    `sluice run ${mine.run_id}`,
  ]);
  expect(await reason).toMatchObject({ code: "destination_lost", recovery: "retry" });
  await lock.release();
});

test("a direct lock is held on a role that may not be idle for long", async () => {
  await using limited = await freshDatabase();
  const { client, address } = limited;
  await client.query(`alter database "${address.database}" set idle_session_timeout = '500ms'`);
  const lock = await acquireRunLock(address, randomUUID(), holder());
  const outlived = await Promise.race([lost(lock), sleep(1500)]);
  expect(outlived).toBeUndefined();
  await lock.release();
});

test("a lease is renewed for as long as it is held, also when its connection breaks", async () => {
  const id = randomUUID();
  const lock = await acquireRunLock(pooled, id, holder(), { lease_ms: 60_000, renew_ms: 40 });
  const expiry = async () => {
    const sql = "select expires_at::text as at from _sluice.leases where connection_id = $1";
    return (await database.client.query(sql, [id])).rows[0].at as string;
  };
  const first = await expiry();
  await expect.poll(expiry).not.toBe(first);
  pooler.cut();
  const broken = await expiry();
  await expect.poll(expiry).not.toBe(broken);
  expect(lock.lost.aborted).toBe(false);
  await lock.release();
  expect(await leaseOf(id)).toBeUndefined();
});

test("a lease that another run has taken over is lost, and releasing it leaves the other's alone", async () => {
  const id = randomUUID();
  const lock = await acquireRunLock(pooled, id, holder(), { lease_ms: 60_000, renew_ms: 40 });
  const reason = lost(lock);
  const other = { run_id: randomUUID(), host: "other", pid: 1, via: "lease" };
  await database.client.query("update _sluice.leases set holder = $2 where connection_id = $1", [id, other]);
  expect(await reason).toMatchObject({ code: "destination_lost" });
  await lock.release();
  expect(await leaseOf(id)).toEqual(other);
});

test("a lease that nobody renews expires and can be taken, directly or through a pooler", async () => {
  for (const address of [direct, pooled]) {
    const id = randomUUID();
    await database.client.query("insert into _sluice.leases values ($1, $2, now() + interval '300 milliseconds')", [
      id,
      { run_id: randomUUID(), host: "dead", pid: 1, via: "lease" },
    ]);
    const early = await acquireRunLock(address, id, holder()).catch((error) => error);
    if (early instanceof Error) expect(early).toMatchObject({ code: "already_running", details: { host: "dead" } });
    const lock = early instanceof Error ? await eventually(address, id) : early;
    await lock.release();
  }
});
