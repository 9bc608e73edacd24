import { chmod, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

test("settings, options and destination that are wrong are all told together, each with its place", async () => {
  const schema = { drift: "evolv", options: { streams: { cards: { rows: "five" } }, lable: "x" } };
  await using ws = await testWorkspace({ connections: [{ name: "board", schema, destination: "nowhere" }] });
  const { result } = await ws.run("board");
  expect(result).toMatchObject({ status: "failed", exit_code: 3, error: { code: "connection_invalid" } });
  const message = result.error?.message ?? "";
  expect(message).toContain("connections[0].schema.drift");
  expect(message).toContain("schema.options.streams.cards.rows");
  expect(message).toMatch(/schema\.options\.lable.*Did you mean "label"/);
  expect(message).toContain("nowhere");
  expect(result.error?.details?.problems).toHaveLength(4);
});

test("an option that is wrong is told alone when it is the only one", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { row: 5, rows: 5 } } };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const { result } = await ws.run("board");
  expect(result.error).toMatchObject({ code: "connection_invalid" });
  expect(result.error?.message).toMatch(/schema\.options\.streams\.cards\.row .*Did you mean "rows"/);
});

test("a broken connection does not keep a good one from running", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 5 } } };
  const connections = [
    { name: "bad", typ: "scripted" },
    { name: "good", options },
  ];
  await using ws = await testWorkspace({ address: database.address, connections });
  expect((await ws.run("bad")).result).toMatchObject({ exit_code: 3, error: { code: "connection_invalid" } });
  expect((await ws.run("good")).result).toMatchObject({ exit_code: 0 });
});

test("an unknown connector is told with a guess", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", type: "script" }] });
  const { result } = await ws.run("board");
  expect(result).toMatchObject({ exit_code: 3, error: { code: "connector_unknown" } });
});

test("a destination that is named but not configured is refused", async () => {
  await using ws = await testWorkspace({ connections: [{ name: "board" }] });
  const { result } = await ws.run("board");
  expect(result).toMatchObject({ exit_code: 3, error: { code: "destination_unconfigured" } });
});

test("a secret that is needed and missing is told with the command that sets it", async () => {
  await using database = await freshDatabase();
  const connections = [{ name: "vault", type: "guarded", schema: { options: {} } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  const { result } = await ws.run("vault");
  expect(result).toMatchObject({ exit_code: 3, error: { code: "secret_missing" } });
  expect(result.error?.message).toContain("`sluice secrets set vault token`");
  await using complete = await testWorkspace({
    address: database.address,
    connections,
    secrets: '[sources.guarded]\ntoken = "of-the-type"',
  });
  expect((await complete.run("vault")).result).toMatchObject({ exit_code: 0 });
});

test("a disabled connection is refused with the way to enable it", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", enabled: false }] });
  const { result } = await ws.run("board");
  expect(result).toMatchObject({ exit_code: 3, error: { code: "connection_disabled" } });
});

test.for([
  ["that is not JSON", '{"version": 1, "connections": [}', "config_not_json"],
  ["that is empty", "", "config_not_json"],
  ["of a newer version", '{"version": 99, "connections": []}', "config_newer"],
] as const)("a config.json %s ends the run with its code and is left as it is", async ([, content, code]) => {
  await using ws = await testWorkspace({ connections: [{ name: "board" }] });
  await writeFile(ws.config, content);
  const { result } = await ws.run("board");
  expect(result).toMatchObject({ status: "failed", exit_code: 3, error: { code } });
  expect(await readFile(ws.config, "utf8")).toBe(content);
});

test("a secrets file that others can read is refused", async () => {
  await using ws = await testWorkspace({ connections: [{ name: "board" }] });
  const path = join(ws.root, ".dlt", "secrets.toml");
  await chmod(path, 0o644);
  const { result } = await ws.run("board");
  expect(result).toMatchObject({ exit_code: 3, error: { code: "secrets_exposed" } });
});

test("a hand-made connection is given its id before its first run", async () => {
  await using database = await freshDatabase();
  const connections = [{ name: "board", options: { streams: { cards: { rows: 1 } } } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  await ws.run("board");
  const [entry] = JSON.parse(await readFile(ws.config, "utf8")).connections;
  const { rows } = await database.client.query("select connection_id from _sluice.state");
  expect(rows).toEqual([{ connection_id: entry.id }]);
});
