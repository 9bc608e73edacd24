import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runEvent } from "../../src/core/events.ts";
import { runResult } from "../../src/runner/run-result.ts";
import { readSummary } from "../../src/runs/summary-file.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

test("a run loads every row, moves the state, and says so in log, summary, history and result", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 25 }, lists: { rows: 3 } } };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const { result, events } = await ws.run("board");

  expect(result).toMatchObject({ status: "success", exit_code: 0, error: null, connection: "board" });
  expect(runResult.parse(result)).toEqual(result);
  expect(result.stats).toMatchObject({
    cards: { outcome: "success", rows_read: 25, rows_written: 25, inserted: 25, table: "board.cards" },
    lists: { inserted: 3 },
  });
  expect(result.state_updates?.streams).toEqual({ cards: { cursor: 25 }, lists: { cursor: 3 } });
  const { rows } = await database.client.query("select count(*)::int as cards from board.cards");
  expect(rows).toEqual([{ cards: 25 }]);

  const log = (await readFile(result.events_path ?? "", "utf8")).trimEnd().split("\n");
  expect(log.map((line) => JSON.parse(line))).toEqual(events);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  for (const event of events) runEvent.parse(event);
  expect(events[0]).toMatchObject({ kind: "run.start", type: "scripted", data: { trigger: "cli", retries: 0 } });
  expect(events.at(-1)).toMatchObject({ kind: "run.finish", data: { status: "success", totals: { inserted: 28 } } });

  const summary = await readSummary(result.summary_path ?? "");
  expect(summary).toMatchObject({
    run_id: result.run_id,
    status: "success",
    progress_counts: { cards: 25, lists: 3 },
    destination: { database: database.address.database, namespace: "board" },
    events_path: result.events_path,
  });
  expect(summary.report).toBe(result.report_text);
  expect(result.report_text).toContain("cards: 25 inserted → board.cards");

  const mirror = (await ws.readConfig()).connections[0]?.state;
  expect(mirror).toEqual(summary.state);
  const history = await database.client.query("select run_id, status, attempts, trigger from _sluice.runs");
  expect(history.rows).toEqual([{ run_id: result.run_id, status: "success", attempts: 1, trigger: "cli" }]);
});

test("a second run loads only what is new and reports nothing moved when nothing is", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 5 } } };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  await ws.run("board");
  const { result } = await ws.run("board");
  expect(result).toMatchObject({ status: "success", state_updates: null, stats: { cards: { inserted: 0 } } });
  const { rows } = await database.client.query("select count(*)::int as cards from board.cards");
  expect(rows).toEqual([{ cards: 5 }]);
});

test("only the streams that were asked for are loaded, and one that does not exist is refused", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 5 }, lists: { rows: 3 } } };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const { result } = await ws.run("board", { streams: ["lists"] });
  expect(Object.keys(result.stats)).toEqual(["lists"]);
  const { result: refused } = await ws.run("board", { streams: ["card"] });
  expect(refused).toMatchObject({ status: "failed", exit_code: 3, error: { code: "stream_unknown" } });
  expect(refused.error?.message).toContain('Did you mean "cards"?');
});

test("the connection's selection decides which streams load, and one that has vanished fails alone", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 5 }, lists: { rows: 3 }, notes: { rows: 1 } } };
  const connections = [
    { name: "all_but", options, schema: { streams: { cards: { selected: false } } } },
    { name: "only", options, schema: { streams: { cards: { selected: true }, gone: { selected: true } } } },
  ];
  await using ws = await testWorkspace({ address: database.address, connections });
  expect(Object.keys((await ws.run("all_but")).result.stats).sort()).toEqual(["lists", "notes"]);
  const { result } = await ws.run("only");
  expect(result).toMatchObject({ status: "partial", exit_code: 4, error: { code: "stream_unknown" } });
  expect(result.stats).toMatchObject({ cards: { outcome: "success" }, gone: { outcome: "failed" } });
});

test("a stream that is to be merged without a key fails alone, before anything of it is loaded", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 5 }, lists: { rows: 3 } } };
  const schema = { streams: { lists: { mode: "merge" } } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options, schema }],
  });
  const { result } = await ws.run("board");
  expect(result).toMatchObject({ status: "partial", exit_code: 4, error: { code: "primary_key_missing" } });
  expect(result.error?.message).toContain("schema.streams.lists.primary_key");
  expect(result.stats).toMatchObject({ cards: { inserted: 5 }, lists: { outcome: "failed", rows_read: 0 } });
  const { result: dry } = await ws.run("board", { streams: ["lists"], dry_run: true });
  expect(dry).toMatchObject({ status: "failed", exit_code: 3, error: { code: "primary_key_missing" } });
});

test("a full refresh starts from the beginning and leaves exactly the source's rows", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 5 } } };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  await ws.run("board");
  await database.client.query("insert into board.cards (id, text) values (99, 'by hand')");
  const { result } = await ws.run("board", { full_refresh: true });
  expect(result.status).toBe("success");
  const { rows } = await database.client.query("select count(*)::int as cards, max(id)::int as last from board.cards");
  expect(rows).toEqual([{ cards: 5, last: 5 }]);
});

test("two streams for one table are refused before anything is loaded", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 5 }, lists: { rows: 3 } } };
  const schema = { streams: { lists: { table: "cards" } } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options, schema }],
  });
  const { result } = await ws.run("board");
  expect(result).toMatchObject({ exit_code: 3, error: { code: "connection_invalid" } });
  expect(result.error?.message).toContain("cards and lists");
});

test("a dry run says what would be loaded from where, and writes nothing anywhere", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 5 } } };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const schemas = () => database.client.query("select nspname from pg_namespace where nspname ~ 'sluice|board'");
  const first = await ws.run("board", { dry_run: true });
  expect(first.result).toMatchObject({ status: "success", events_path: null, summary_path: null });
  expect(first.events.some((event) => event.message?.includes("would load cards into board.cards"))).toBe(true);
  expect((await schemas()).rows).toEqual([]);

  await ws.run("board");
  const before = await readFile(ws.config, "utf8");
  const second = await ws.run("board", { dry_run: true });
  expect(second.result.stats).toMatchObject({ cards: { inserted: 0 } });
  const foreseen = second.events.find((event) => event.message?.includes("where the last run left it"));
  expect(foreseen).toMatchObject({ stream: "cards", data: { cursor: 5, mode: "append" } });
  expect(await readFile(ws.config, "utf8")).toBe(before);
});

test("runs of different connections go side by side in one process", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 40, batch: 2, pause_ms: 2 } } };
  const connections = ["first", "second", "third"].map((name) => ({ name, options }));
  await using ws = await testWorkspace({ address: database.address, connections });
  const runs = await Promise.all(connections.map(({ name }) => ws.run(name)));
  for (const [index, { result, events }] of runs.entries()) {
    expect(result).toMatchObject({ status: "success", connection: connections[index]?.name });
    expect(new Set(events.map((event) => event.run_id))).toEqual(new Set([result.run_id]));
  }
  const states = (await ws.readConfig()).connections.map(({ state }) => state?.streams);
  expect(states).toEqual(connections.map(() => ({ cards: { cursor: 40 } })));
});

test("an earlier run that died is told at the start, with the path of its log", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 5 } } };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const first = await ws.run("board");
  const path = first.result.events_path ?? "";
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  await writeFile(path, lines.slice(0, -1).join("\n"));
  for (const day of await readdir(ws.deps.workspace.paths.runs)) {
    for (const file of await readdir(join(ws.deps.workspace.paths.runs, day))) {
      await writeFile(join(ws.deps.workspace.paths.runs, day, file), "");
    }
  }
  const { events } = await ws.run("board");
  expect(events.find((event) => event.level === "warn")).toMatchObject({
    kind: "runtime.event",
    data: { events_path: path, run_id: first.result.run_id },
  });
  const third = await ws.run("board");
  expect(third.events.filter((event) => event.level === "warn")).toEqual([]);
});

test("old runs are deleted only when the workspace says for how long they are kept", async () => {
  await using database = await freshDatabase();
  const settings = { retention_days: 1 };
  const connections = [{ name: "board", options: { streams: { cards: { rows: 1 } } } }];
  await using ws = await testWorkspace({ address: database.address, settings, connections });
  let now = Date.now() - 5 * 86_400_000;
  const deps = { ...ws.deps, clock: { ...ws.deps.clock, now: () => now } };
  const first = await ws.run("board");
  expect(first.result.status).toBe("success");
  now = Date.now() + 5 * 86_400_000;
  const { runConnection } = await import("../../src/runner/run-connection.ts");
  const later = await runConnection(deps, { connection: "board", trigger: "schedule" });
  expect(later.status).toBe("success");
  await expect(readFile(first.result.events_path ?? "")).rejects.toThrow("ENOENT");
});
