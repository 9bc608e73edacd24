import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { runEvent } from "../../src/core/events.ts";
import { runResult } from "../../src/runner/run-result.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "../runner/test-workspace.ts";
import { runHeadless, startHeadless } from "./headless-process.ts";

const options = { streams: { cards: { rows: 25 }, lists: { rows: 3 } } };

test("stdout is the run's events and then one result line, and nothing else", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const { code, stderr, events, result } = await runHeadless(ws, ["board"]);
  expect(code).toBe(0);
  expect(runResult.parse(result)).toEqual(result);
  expect(result).toMatchObject({ v: 1, kind: "result", status: "success", exit_code: 0, error: null });
  for (const event of events) runEvent.parse(event);
  expect(events[0]).toMatchObject({ kind: "run.start", data: { trigger: "headless" } });
  expect(events.at(-1)).toMatchObject({ kind: "run.finish" });
  const log = (await readFile(result.events_path, "utf8")).trimEnd().split("\n");
  expect(log.map((line) => JSON.parse(line))).toEqual(events);
  expect(JSON.parse(await readFile(result.summary_path, "utf8")).run_id).toBe(result.run_id);
  expect(stderr).toContain("cards: 25 inserted → board.cards");
});

test("the flags reach the run", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const flags = ["--stream", "cards", "--stream=lists", "--full-refresh", "--retries", "7", "--backoff", "0.5"];
  const { result, events } = await runHeadless(ws, [...flags, "--timeout", "600", "board"]);
  expect(result.status).toBe("success");
  expect(events[0].data).toMatchObject({ retries: 7, mode: { full_refresh: true, streams: ["cards", "lists"] } });
});

test("bad arguments end in a result line and exit 2", async () => {
  await using ws = await testWorkspace({ connections: [{ name: "board", options }] });
  const { code, events, result, stderr } = await runHeadless(ws, ["board", "--strem", "x"]);
  expect({ code, events }).toEqual({ code: 2, events: [] });
  expect(result).toMatchObject({ exit_code: 2, error: { code: "usage" } });
  expect(stderr).toContain('Did you mean "--stream"?');
});

test("a config.json that is broken ends in a result line, with a log to read later", async () => {
  await using ws = await testWorkspace({ connections: [{ name: "board", options }] });
  await writeFile(ws.config, "{ not json");
  const { code, events, result } = await runHeadless(ws, ["board"]);
  expect(code).toBe(3);
  expect(result).toMatchObject({ status: "failed", exit_code: 3, error: { code: "config_not_json" } });
  expect(events.map((event) => event.kind)).toEqual(["run.start", "run.finish"]);
  expect(await readFile(result.events_path, "utf8")).toContain("config_not_json");
});

test("a request on stdin says the same as flags, and a flag that is given too wins", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const request = JSON.stringify({ connection: "board", stream: "lists", retries: 2, full_refresh: true });
  const { code, events, result } = await runHeadless(ws, ["--request", "-", "--retries", "5"], request);
  expect(code).toBe(0);
  expect(Object.keys(result.stats)).toEqual(["lists"]);
  expect(events[0].data).toMatchObject({ retries: 5, mode: { full_refresh: true } });
});

test("stdin is left alone unless the request is to come from it", async () => {
  await using ws = await testWorkspace({ connections: [{ name: "board", options }] });
  const { child, ended } = await startHeadless(ws, ["board"]);
  expect((await ended).code).toBe(3);
  child.stdin.destroy();
});
