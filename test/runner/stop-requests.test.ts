import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { requestStop, type StopOutcome } from "../../src/runner/stop-requests.ts";
import { readSummary } from "../../src/runs/summary-file.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { type TestWorkspace, testWorkspace } from "./test-workspace.ts";

type Streams = Record<string, object>;

async function board(address: object, streams: Streams): Promise<TestWorkspace> {
  const connections = [{ name: "board", options: { streams }, schema: { inference_rows: 20 } }];
  return testWorkspace({ address: address as never, connections });
}

/** Runs, and asks for streams to stop (`null`: the run) at the first event that matches. */
async function runAndStop(
  ws: TestWorkspace,
  streams: readonly string[] | null,
  at: (event: RunEvent) => boolean,
  request = {},
) {
  let asked: Promise<StopOutcome> | undefined;
  const onEvent = (event: RunEvent) => {
    if (at(event)) asked ??= requestStop(ws.deps.workspace, event.run_id, streams);
  };
  const finished = await ws.run("board", request, { onEvent });
  return { ...finished, outcome: await asked };
}

const isWaiting = ({ message }: RunEvent) => message === "waiting";

test("one stream is stopped: what it committed stays, the others finish, and the run is partial", async () => {
  await using database = await freshDatabase();
  await using ws = await board(database.address, { cards: { rows: 300, wait_after: 200 }, lists: { rows: 50 } });
  const { result, events, outcome } = await runAndStop(ws, ["cards"], isWaiting, { retries: 3 });
  expect(outcome).toEqual({ ended: false, stopping: ["cards"], over: [], unknown: [], streams: ["cards", "lists"] });
  expect(result).toMatchObject({
    ...{ status: "partial", exit_code: 4, error: { code: "stream_stopped" } },
    stats: { cards: { outcome: "cancelled", error: { code: "stream_stopped" } }, lists: { outcome: "success" } },
  });
  const kinds = events.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "attempt.start" || kind === "attempt.error")).toEqual(["attempt.start"]);
  const asked = events.find(({ kind }) => kind === "stop.requested");
  expect(asked).toMatchObject({ stream: "cards", level: "warn", data: { by: expect.stringContaining("process") } });
  expect(await readSummary(result.summary_path ?? "")).toMatchObject({ status: "partial" });
  const count = async () => (await database.client.query("select count(*)::int as n from board.cards")).rows[0].n;
  expect(await count()).toBe(200);
  await writeFile(join(ws.root, "go"), "");
  expect((await ws.run("board")).result.status).toBe("success");
  expect(await count()).toBe(300);
});

test("a stream that cannot be cut is dropped whole when it is stopped", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 300, wait_after: 200, ordered: false }, lists: { rows: 5 } };
  await using ws = await board(database.address, streams);
  const { result } = await runAndStop(ws, ["cards"], isWaiting);
  expect(result.status).toBe("partial");
  expect(result.stats.cards).toMatchObject({ outcome: "cancelled", rows_written: 0 });
});

test("a stream that waits for its turn is never begun, also not by the next attempt", async () => {
  await using database = await freshDatabase();
  const fail = { after: 0, message: "asleep", times: 1 };
  const streams = { cards: { rows: 10, wait_after: 0, fail }, lists: { rows: 10 } };
  const connections = [{ name: "board", options: { streams }, schema: { parallel: 1 } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  const isAsked = ({ kind }: RunEvent) => {
    if (kind === "stop.requested") void writeFile(join(ws.root, "go"), "");
    return kind === "stream.start";
  };
  const { result, events } = await runAndStop(ws, ["lists"], isAsked, { retries: 2 });
  expect(result).toMatchObject({ status: "partial", stats: { lists: { outcome: "cancelled", rows_read: 0 } } });
  expect(result.stats.cards?.outcome).toBe("success");
  expect(events.some(({ kind, stream }) => kind === "stream.start" && stream === "lists")).toBe(false);
});

test("a run whose every stream is stopped is cancelled", async () => {
  await using database = await freshDatabase();
  await using ws = await board(database.address, { cards: { rows: 300, wait_after: 200 } });
  const { result } = await runAndStop(ws, ["cards"], isWaiting);
  expect(result).toMatchObject({ status: "cancelled", exit_code: 130, error: { code: "stream_stopped" } });
});

test("a failure counts more than a stream that was stopped", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 300, wait_after: 200 }, lists: { rows: 5, fail: { after: 0, message: "broken" } } };
  await using ws = await board(database.address, streams);
  const { result } = await runAndStop(ws, ["cards"], isWaiting);
  expect(result).toMatchObject({ status: "failed", exit_code: 1, error: { code: "source_failed" } });
});

test("the whole run is stopped as by a signal", async () => {
  await using database = await freshDatabase();
  await using ws = await board(database.address, { cards: { rows: 300, wait_after: 200 }, lists: { rows: 50 } });
  const { result, outcome } = await runAndStop(ws, null, isWaiting);
  expect(outcome).toMatchObject({ ended: false, stopping: ["cards", "lists"] });
  expect(result).toMatchObject({ status: "cancelled", exit_code: 130, error: { code: "interrupted" } });
  expect(result.stats.cards?.inserted).toBe(200);
});

test("streams that the run does not have, or that are loaded already, are told apart", async () => {
  await using database = await freshDatabase();
  await using ws = await board(database.address, { cards: { rows: 300, wait_after: 200 }, lists: { rows: 5 } });
  const loaded = new Set<string>();
  const isReady = ({ kind, stream, message }: RunEvent) => {
    if (kind === "stream.finish" && stream !== undefined) loaded.add(stream);
    if (message === "waiting") loaded.add("waiting");
    return loaded.size === 2;
  };
  let outcome: StopOutcome | undefined;
  const ask = async (run_id: string) => {
    outcome = await requestStop(ws.deps.workspace, run_id, ["lists", "boards"]);
    await writeFile(join(ws.root, "go"), "");
  };
  let asking: Promise<void> | undefined;
  const onEvent = (event: RunEvent) => {
    if (isReady(event)) asking ??= ask(event.run_id);
  };
  const { result } = await ws.run("board", {}, { onEvent });
  await asking;
  expect(outcome).toMatchObject({ ended: false, stopping: [], over: ["lists"], unknown: ["boards"] });
  expect(result.status).toBe("success");
});

test("a run that is over cannot be stopped, and requests to runs that died are cleared away", async () => {
  await using database = await freshDatabase();
  await using ws = await board(database.address, { cards: { rows: 5 } });
  const dead = join(ws.root, ".sluice", "stops", "019aa4d0-0000-7000-8000-000000000001");
  await mkdir(dead, { recursive: true });
  const { result } = await ws.run("board");
  await expect(requestStop(ws.deps.workspace, result.run_id ?? "", null)).rejects.toMatchObject({
    code: "run_unknown",
  });
  expect(await readdir(join(ws.root, ".sluice", "stops"))).toEqual([]);
});
