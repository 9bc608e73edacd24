import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { acquireRunLock } from "../../src/databases/postgres/run-lock.ts";
import { isRunning, lockConnection } from "../../src/runner/run-lock-file.ts";
import { readConfig } from "../../src/workspace/config-file.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

const options = { streams: { cards: { rows: 20, wait_after: 10 } } };
const ID = "0193f0c2-7d1e-7c55-9b0e-3f6f7a0c1d22";

test("a second run of a connection is refused while the first goes on, and leaves no trace", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ id: ID, name: "board", options }],
  });
  const reached = Promise.withResolvers<void>();
  let run_id = "";
  const onEvent = (event: RunEvent) => {
    run_id = event.run_id;
    if (event.message === "waiting") reached.resolve();
  };
  const first = ws.run("board", {}, { onEvent });
  await reached.promise;
  expect(await isRunning(ws.deps.workspace, run_id)).toBe(true);
  expect(await isRunning(ws.deps.workspace, "0193f0c2-7d1e-7c55-9b0e-3f6f7a0c1d23")).toBe(false);
  const second = await ws.run("board", { retries: 3 });
  expect(second.result).toMatchObject({ status: "failed", exit_code: 5, events_path: null, summary_path: null });
  expect(second.result.error).toMatchObject({ code: "already_running", details: { pid: process.pid } });
  await writeFile(join(ws.root, "go"), "");
  expect((await first).result.status).toBe("success");
  expect(await isRunning(ws.deps.workspace, run_id)).toBe(false);
});

test("a run on another machine keeps this one out, however often it tries", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ id: ID, name: "board", options }],
  });
  const holder = { run_id: "0193f0c2-7d1e-7c55-9b0e-3f6f7a0c1d23", host: "elsewhere", pid: 7 };
  const lock = await acquireRunLock(database.address, ID, holder);
  const { result, events } = await ws.run("board", { retries: 3 });
  await lock.release();
  expect(result).toMatchObject({ exit_code: 5, error: { code: "already_running" } });
  expect(result.error?.message).toContain("elsewhere");
  expect(events.filter((event) => event.kind === "attempt.start")).toHaveLength(1);
});

test("every lock is given back when a run ends, also when it fails", async () => {
  await using database = await freshDatabase();
  const failing = { streams: { cards: { rows: 5, fail: { after: 0, message: "no" } } } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ id: ID, name: "board", options: failing }],
  });
  expect((await ws.run("board")).result.status).toBe("failed");
  const [listed] = (await readConfig(ws.deps.workspace)).connections;
  const lock = await lockConnection(ws.deps.workspace, { id: ID, name: listed?.name ?? "" }, "a test");
  await lock.release();
  const holder = { run_id: "0193f0c2-7d1e-7c55-9b0e-3f6f7a0c1d23", host: "here", pid: 7 };
  await (await acquireRunLock(database.address, ID, holder)).release();
});
