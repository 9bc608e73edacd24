import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { connectPostgres } from "../../../src/databases/postgres/client.ts";
import type { FreshDatabase } from "../../harness/postgres.ts";
import { heldRun } from "../held-run.ts";
import { attacked, IS_LONG, LIMIT_MS } from "../intensity.ts";
import { type Ended, run, runToEnd, startRun } from "../program.ts";
import { fileScene, type Scene, sceneOf } from "../scene.ts";
import { apiSource } from "../sources/api-source.ts";
import { withSettings } from "../sources/crash-source.ts";
import { databaseSource } from "../sources/database-source.ts";

vi.setConfig({ testTimeout: LIMIT_MS });

const MODES = attacked("append", "merge", "replace");
/** Ways to replace a table that want it for themselves. */
const REPLACING = IS_LONG ? ["swap", "truncate"] : ["swap"];

/** The lock of runs is granted to everybody, as behind a transaction pooler that nobody has recognised. */
async function letRunLockLie({ client, address }: FreshDatabase): Promise<void> {
  await client.query(`
    create function public.pg_try_advisory_lock(bigint) returns boolean language sql as 'select true';
    alter database "${address.database}" set search_path = public, pg_catalog`);
}

/** The locks that keep one run's staging tables from another are granted as well. */
async function letLocksLie(db: FreshDatabase): Promise<void> {
  await letRunLockLie(db);
  await db.client.query(
    "create function public.pg_try_advisory_xact_lock(bigint) returns boolean language sql as 'select true'",
  );
}

async function waitsForLock({ client }: FreshDatabase): Promise<boolean> {
  const sql = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  return ((await client.query(sql)).rowCount ?? 0) > 0;
}

/** The same connection in a workspace of another machine. */
async function elsewhere(root: string): Promise<{ root: string } & AsyncDisposable> {
  const copy = await mkdtemp(join(tmpdir(), "sluice-crash-copy-"));
  for (const name of ["config.json", ".dlt"]) await cp(join(root, name), join(copy, name), { recursive: true });
  return { root: copy, [Symbol.asyncDispose]: () => rm(copy, { recursive: true, force: true }) };
}

describe("two machines that run one connection at once, the lock in the destination lying", () => {
  test.each(MODES)(
    "by %s: of two that stand before the same commit one wins, the other writes nothing",
    async (mode) => {
      await using scene = await fileScene(mode);
      await letRunLockLie(scene.db);
      await using other = await elsewhere(scene.ws.root);
      await using first = await heldRun(other.root, "killed", "before_commit");
      const second = startRun(scene.ws.root, "killed");
      await expect.poll(() => waitsForLock(scene.db), { timeout: 60_000 }).toBe(true);
      // Who has lost one commit may win the next.
      const both = await Promise.all([first.goOn(), second.ended]);
      expect(both.map(({ code }) => code)).toContain(0);
      expect(both.flatMap(({ events }) => events.flatMap(({ data }) => data?.error?.code ?? []))).toContain(
        "state_conflict",
      );
      await scene.expectExact(other.root);
    },
  );

  test.each(MODES)("by %s: one that was overtaken between two commits writes nothing more", async (mode) => {
    await using scene = await fileScene(mode);
    await letLocksLie(scene.db);
    await using other = await elsewhere(scene.ws.root);
    await using first = await heldRun(other.root, "killed", "after_commit");
    const second = await run(scene.ws.root, "killed");
    expect(second.code, second.output).toBe(0);
    const overtaken = await first.goOn();
    expect([0, 1], overtaken.output).toContain(overtaken.code);
    await scene.expectExact(other.root);
  });

  test.each(MODES)("by %s: let go together again and again they end with exactly the right rows", async (mode) => {
    await using scene = await sceneOf({ source: await apiSource({ order: "asc" }), mode, rows: 3000 });
    await letLocksLie(scene.db);
    await using other = await elsewhere(scene.ws.root);
    for (let time = 0; time < 3; time++) {
      await scene.nextRound();
      // Both hold the lock before either of them has read a cursor.
      await using first = await heldRun(scene.ws.root, "killed", "run_lock_taken");
      await using second = await heldRun(other.root, "killed", "run_lock_taken");
      for (const { code, output } of await Promise.all([first.goOn(), second.goOn()]))
        expect([0, 1], output).toContain(code);
    }
    await scene.expectExact(other.root);
  });
});

describe("a run that waits until nobody reads the table that it replaces", () => {
  test.each(REPLACING)("is killed meanwhile, by %s, and the old rows stand", async (replace_by) => {
    const source = await withSettings(databaseSource({ form: "bytes" }), { replace_by });
    await using scene = await sceneOf({ source, mode: "replace" });
    const before = await fingerprint(scene.db);
    await using reader = await connectedReader(scene.db);
    const waiting = startRun(scene.ws.root, "killed");
    await expect.poll(() => waitsForTable(scene.db), { timeout: 60_000, interval: 20 }).toBe(true);
    waiting.child.kill("SIGKILL");
    expect((await waiting.ended).signal).toBe("SIGKILL");
    await reader.leave();
    expect(await fingerprint(scene.db)).toBe(before);
    await scene.expectExact();
  });
});

/** All rows of the table. */
async function fingerprint({ client }: FreshDatabase): Promise<string> {
  const { rows } = await client.query("select md5(string_agg(o::text, ',' order by id)) as all from killed.orders o");
  return rows[0].all;
}

/** Somebody whose transaction has read the table. */
async function connectedReader({ address }: FreshDatabase): Promise<{ leave(): Promise<void> } & AsyncDisposable> {
  const client = await connectPostgres(address, { application_name: "reader" });
  await client.query("begin; select count(*) from killed.orders");
  const leave = () => client.end();
  return { leave, [Symbol.asyncDispose]: leave };
}

async function waitsForTable({ client }: FreshDatabase): Promise<boolean> {
  const sql = `select from pg_locks where not granted and mode = 'AccessExclusiveLock'
    and relation = 'killed.orders'::regclass`;
  return ((await client.query(sql)).rowCount ?? 0) > 0;
}

describe("two runs that want config.json at once", () => {
  test("when the one that waits is killed, neither the file nor a row is hurt", async () => {
    await using scene = await fileScene("append");
    const { holder, waiting } = await heldWithWaiter(scene, "kill-at");
    await using _held = holder;
    expect((await waiting).signal).toBe("SIGKILL");
    expect((await holder.goOn()).code).toBe(0);
    await scene.expectExact();
  });

  test("when the one that holds it is killed, the other goes on", async () => {
    await using scene = await fileScene("append");
    const { holder, waiting } = await heldWithWaiter(scene);
    await using _held = holder;
    holder.child.kill("SIGKILL");
    const { code, output } = await waiting;
    expect(code, output).toBe(0);
    await scene.expectExact();
  });
});

/** `reference` holds the lock of config.json, and `killed` comes for it. */
async function heldWithWaiter({ ws }: Scene, preload?: "kill-at") {
  await runToEnd(ws.root, "reference");
  await ws.configure((config) => {
    delete config.connections[1].state;
  });
  const holder = await heldRun(ws.root, "reference", "before_file_replaced");
  const kill = { preload, env: { CRASH_KILL_AT: "file_lock_awaited:1" } } as const;
  const waiting: Promise<Ended> = run(ws.root, "killed", preload === undefined ? {} : { ...kill, preload });
  return { holder, waiting };
}
