import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { readSummary } from "../../src/runs/summary-file.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

const options = { streams: { cards: { rows: 20, wait_after: 10 } } };

test("a config.json that breaks during the run costs its mirror, not the run", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const good = { text: "" };
  const onEvent = (event: RunEvent) => {
    if (event.message === "waiting") void breakConfig();
  };
  const breakConfig = async () => {
    good.text = await readFile(ws.config, "utf8");
    await writeFile(ws.config, '{"half": ');
    await writeFile(`${ws.root}/go`, "");
  };
  const { result, events } = await ws.run("board", {}, { onEvent });
  expect(result).toMatchObject({ status: "success", exit_code: 0 });
  expect(await readFile(ws.config, "utf8")).toBe('{"half": ');
  const warning = events.find((event) => event.level === "warn");
  expect(warning).toMatchObject({ kind: "runtime.event", data: { code: "config_not_json" } });
  const summary = await readSummary(result.summary_path ?? "");
  expect(summary.warnings).toEqual([warning?.message]);
  expect(summary.state?.streams).toEqual({ cards: { cursor: 20 } });

  await writeFile(ws.config, good.text);
  const next = await ws.run("board");
  expect(next.events.map((event) => event.kind)).toContain("state.reconciled");
  expect(next.result).toMatchObject({ status: "success", stats: { cards: { inserted: 0 } } });
});

test("an editor that saves config.json during the run loses nothing", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const edit = async () => {
    const config = JSON.parse(await readFile(ws.config, "utf8"));
    config.connections[0].title = "My board";
    config.connections.push({ name: "fresh", type: "scripted" });
    await writeFile(ws.config, JSON.stringify(config));
    await writeFile(`${ws.root}/go`, "");
  };
  const onEvent = (event: RunEvent) => {
    if (event.message === "waiting") void edit();
  };
  const { result } = await ws.run("board", {}, { onEvent });
  expect(result.status).toBe("success");
  expect((await ws.readConfig()).connections).toMatchObject([
    { title: "My board", state: { streams: { cards: { cursor: 20 } } } },
    { name: "fresh" },
  ]);
});

test("a state that was edited by hand stops the run before it reads anything", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  await writeFile(`${ws.root}/go`, "");
  await ws.run("board");
  const edited = (await readFile(ws.config, "utf8")).replace(/"cursor":\s*20/, '"cursor": 15');
  await writeFile(ws.config, edited);
  const { result, events } = await ws.run("board", { retries: 3 });
  expect(result).toMatchObject({ status: "failed", exit_code: 3, error: { code: "state_edited" } });
  expect(events.some((event) => event.kind === "stream.start")).toBe(false);
  expect(await readFile(ws.config, "utf8")).toBe(edited);
});

test("a connection that is deleted during its run still ends well", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const remove = async () => {
    const config = JSON.parse(await readFile(ws.config, "utf8"));
    await writeFile(ws.config, JSON.stringify({ ...config, connections: [] }));
    await writeFile(`${ws.root}/go`, "");
  };
  const onEvent = (event: RunEvent) => {
    if (event.message === "waiting") void remove();
  };
  const { result, events } = await ws.run("board", {}, { onEvent });
  expect(result.status).toBe("success");
  expect(events.some((event) => event.level === "warn" && event.message?.includes("deleted"))).toBe(true);
  expect((await ws.readConfig()).connections).toEqual([]);
});
