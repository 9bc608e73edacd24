import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SluiceError } from "../../src/core/errors.ts";
import type { RunEvent } from "../../src/core/events.ts";
import { readSummary } from "../../src/runs/summary-file.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { sleepless, testWorkspace } from "./test-workspace.ts";

/** Aborts as soon as an event matches. */
function stopWhen(matches: (event: RunEvent) => boolean, reason?: unknown) {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    onEvent: (event: RunEvent) => {
      if (matches(event)) controller.abort(reason);
    },
  };
}

test("a cancelled run keeps what it committed, says cancelled, and the next run finishes it", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 300, wait_after: 200 } } };
  const connections = [{ name: "board", options, schema: { inference_rows: 20 } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  const stop = stopWhen((event) => event.message === "waiting", new SluiceError("terminated", "SIGTERM was received."));
  const { result, events } = await ws.run("board", { retries: 3 }, stop);
  expect(result).toMatchObject({ status: "cancelled", exit_code: 143, error: { code: "terminated" } });
  expect(events.filter((event) => event.kind === "attempt.start")).toHaveLength(1);
  expect(await readSummary(result.summary_path ?? "")).toMatchObject({ status: "cancelled", exit_code: 143 });
  const stored = result.stats.cards?.inserted ?? 0;
  expect(stored).toBeGreaterThan(0);
  expect(stored).toBeLessThan(300);
  const count = async () => (await database.client.query("select count(*)::int as n from board.cards")).rows[0].n;
  expect(await count()).toBe(stored);
  await writeFile(join(ws.root, "go"), "");
  expect((await ws.run("board")).result.status).toBe("success");
  expect(await count()).toBe(300);
});

test("a signal without a reason counts as Ctrl-C", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 30, hang_after: 10 } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams } }],
  });
  const { result } = await ws.run(
    "board",
    {},
    stopWhen((event) => event.kind === "stream.start"),
  );
  expect(result).toMatchObject({ status: "cancelled", exit_code: 130, error: { code: "interrupted" } });
});

test("a run that was cancelled before it began loads nothing", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 30 } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams } }],
  });
  const { result } = await ws.run("board", {}, { signal: AbortSignal.abort() });
  expect(result).toMatchObject({ status: "cancelled", exit_code: 130, stats: {} });
});

test("a cancel during the pause between attempts ends the run at once", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 5, fail: { after: 0, message: "down" } } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams } }],
  });
  const stop = stopWhen((event) => event.kind === "attempt.retrying");
  const { result } = await ws.run("board", { retries: 5, backoff_s: 3600 }, stop);
  expect(result).toMatchObject({ status: "cancelled", exit_code: 130 });
});

test("a cancel after the destination was lost is in its history too", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 5, fail: { after: 0, code: "destination_lost", message: "gone" } } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams } }],
  });
  const stop = stopWhen((event) => event.kind === "attempt.retrying");
  const { result } = await ws.run("board", { retries: 5, backoff_s: 3600 }, stop);
  expect(result).toMatchObject({ status: "cancelled", stats: { cards: { error: { code: "destination_lost" } } } });
  const { rows } = await database.client.query("select run_id, status from _sluice.runs");
  expect(rows).toEqual([{ run_id: result.run_id, status: "cancelled" }]);
});

test("a cancel that comes when everything is loaded changes nothing", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 5 } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams } }],
  });
  const { result } = await ws.run(
    "board",
    {},
    stopWhen((event) => event.kind === "stream.finish"),
  );
  expect(result).toMatchObject({ status: "success", exit_code: 0 });
});

test("a run that takes too long fails with run_timeout and keeps what it committed", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 30, hang_after: 20 } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams } }],
  });
  const { result } = await ws.run("board", { timeout_s: 1, retries: 3 });
  expect(result).toMatchObject({ status: "failed", exit_code: 1, error: { code: "run_timeout" } });
  expect(result.error?.message).toContain("1 s");
});

test("a connector that does not listen cannot keep a stopped run from ending", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 30, hang_after: 10, deaf: true } };
  const connections = [{ name: "board", options: { streams } }];
  await using ws = await testWorkspace({ address: database.address, connections, clock: sleepless });
  const { result } = await ws.run(
    "board",
    {},
    stopWhen((event) => event.kind === "stream.start"),
  );
  expect(result).toMatchObject({ status: "cancelled", exit_code: 130 });
});

test("a run that is stopped because its process is in trouble has failed, not been cancelled", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 30, hang_after: 10 } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams } }],
  });
  const trouble = new SluiceError("internal", "something nobody waited for has failed");
  const stop = stopWhen((event) => event.kind === "stream.start", trouble);
  const { result } = await ws.run("board", {}, stop);
  expect(result).toMatchObject({ status: "failed", exit_code: 1, error: { code: "internal" } });
});

test("a run that waits for a lock in the destination can be stopped, and commits nothing afterwards", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 5 } };
  const connections = [{ name: "board", options: { streams } }];
  await using ws = await testWorkspace({ address: database.address, connections, clock: sleepless });
  await ws.run("board");
  await database.client.query("begin; lock table board.cards in access exclusive mode");
  const stop = new AbortController();
  const running = ws.run("board", { full_refresh: true }, { signal: stop.signal });
  await expect.poll(() => isWaiting(database)).toBe(true);
  stop.abort();
  const { result } = await running;
  expect(result).toMatchObject({ status: "cancelled", exit_code: 130 });
  await database.client.query("rollback");
  await expect.poll(() => sessionsOf(database)).toBe(1);
  const { rows } = await database.client.query("select revision::int from _sluice.state");
  expect(rows).toEqual([{ revision: 1 }]);
});

async function isWaiting({ client }: FreshDatabase): Promise<boolean> {
  const { rowCount } = await client.query(
    "select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())",
  );
  return rowCount !== 0;
}

async function sessionsOf({ client }: FreshDatabase): Promise<number | null> {
  const sql = "select from pg_stat_activity where datname = current_database() and backend_type = 'client backend'";
  return (await client.query(sql)).rowCount;
}
