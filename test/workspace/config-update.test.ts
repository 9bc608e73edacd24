import { readdir, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { UUID_PATTERN } from "../../src/core/ids.ts";
import { isJsonObject } from "../../src/core/json.ts";
import {
  createConfig,
  ensureIds,
  readConfig,
  updateConfig,
  updateConnection,
} from "../../src/workspace/config-file.ts";
import { configWith, connectionEntry, temporaryWorkspace, textOf } from "./temporary-workspace.ts";

test("a new workspace's config is valid and never replaces one that is there", async () => {
  const ws = await temporaryWorkspace();
  await createConfig(ws);
  expect((await readConfig(ws)).config.settings.destination).toBe("embedded");
  const before = await textOf(ws.paths.config);
  await expect(createConfig(ws)).rejects.toMatchObject({ code: "config_invalid" });
  expect(await textOf(ws.paths.config)).toBe(before);
});

test("a change is written with a backup of what was there before", async () => {
  const ws = await temporaryWorkspace({ "config.json": configWith(connectionEntry("a")) });
  const before = await textOf(ws.paths.config);
  await updateConnection(ws, "a", "disabling a", (entry) => {
    entry.enabled = false;
  });
  expect(await textOf(ws.paths.config)).toBe(before.replace('"enabled": true', '"enabled": false'));
  const [backup] = await readdir(ws.paths.backups);
  expect(await textOf(`${ws.paths.backups}/${backup}`)).toBe(before);
});

test("a change that changes nothing writes nothing", async () => {
  const ws = await temporaryWorkspace({ "config.json": configWith(connectionEntry("a")) });
  await updateConfig(ws, "doing nothing", () => {});
  expect(await readdir(ws.root)).toEqual(["config.json"]);
});

test("a change that would break something is refused with all that is wrong", async () => {
  const ws = await temporaryWorkspace({ "config.json": configWith(connectionEntry("a")) });
  const before = await textOf(ws.paths.config);
  const broken = updateConnection(ws, "a", "editing a", (entry) => {
    entry.colour = "red";
    entry.enabled = "yes";
  });
  await expect(broken).rejects.toMatchObject({ code: "connection_invalid", details: { problems: { length: 2 } } });
  const misplaced = updateConfig(ws, "editing", (raw) => {
    raw.settings = { destnation: "x" };
  });
  await expect(misplaced).rejects.toMatchObject({
    code: "config_invalid",
    message: expect.stringContaining('Did you mean "destination"?'),
  });
  expect(await textOf(ws.paths.config)).toBe(before);
  expect(await readdir(ws.root)).toEqual(["config.json"]);
});

test("a connection that was broken before neither blocks a change elsewhere nor its own mending", async () => {
  const ws = await temporaryWorkspace({
    "config.json": configWith(connectionEntry("bad", { colour: "red" }), connectionEntry("b")),
  });
  await updateConnection(ws, "b", "naming b", (entry) => {
    entry.title = "B";
  });
  await updateConnection(ws, "bad", "mending bad", (entry) => {
    delete entry.colour;
  });
  expect((await readConfig(ws)).connections.every(({ valid }) => valid)).toBe(true);
});

test("changes made at the same time in one process all arrive", async () => {
  const names = Array.from({ length: 12 }, (_, n) => `c${n}`);
  const ws = await temporaryWorkspace({ "config.json": configWith(...names.map((name) => connectionEntry(name))) });
  const titled = (name: string) =>
    updateConnection(ws, name, `naming ${name}`, (entry) => {
      entry.title = `Title of ${name}`;
    });
  await Promise.all(names.map(titled));
  expect((await readConfig(ws)).config.connections.map(({ title }) => title)).toEqual(
    names.map((name) => `Title of ${name}`),
  );
});

test("a save that comes in between is kept, and the change is made on top of it", async () => {
  const ws = await temporaryWorkspace({ "config.json": configWith(connectionEntry("a")) });
  let calls = 0;
  await updateConfig(ws, "racing", async (raw) => {
    calls++;
    if (calls === 1) {
      const edited = (await textOf(ws.paths.config)).replace('"embedded"', '"postgres"');
      await writeFile(ws.paths.config, edited);
    }
    raw.$schema = "./schemas/config.schema.json";
  });
  expect(calls).toBe(2);
  expect((await readConfig(ws)).config).toMatchObject({
    $schema: "./schemas/config.schema.json",
    settings: { destination: "postgres" },
  });
});

test("entries made by hand get an id at the first change, and keep it", async () => {
  const ws = await temporaryWorkspace({
    "config.json": configWith({ name: "by_hand", type: "files" }, connectionEntry("b")),
  });
  await ensureIds(ws);
  const id = (await readConfig(ws)).config.connections[0]?.id;
  expect(id).toMatch(UUID_PATTERN);
  const before = await textOf(ws.paths.config);
  await ensureIds(ws);
  expect(await textOf(ws.paths.config)).toBe(before);
});

test("neither broken JSON nor a newer version is ever overwritten", async () => {
  for (const content of ["{", '{"version": 99}']) {
    const ws = await temporaryWorkspace({ "config.json": content });
    const change = updateConfig(ws, "changing", (raw) => {
      raw.settings = {};
    });
    await expect(change).rejects.toMatchObject({ code: content === "{" ? "config_not_json" : "config_newer" });
    expect(await textOf(ws.paths.config)).toBe(content);
    expect(await readdir(ws.root)).toEqual(["config.json"]);
  }
});

test("a config without a version is read as it was meant and rewritten only with the next change", async () => {
  const old = {
    connections: [
      {
        name: "Team Board!",
        type: "trello",
        enabled: true,
        schema: { board_ids: ["5f1a"] },
        state: { cards: "2026-01-01" },
      },
      { name: "orders", type: "files", schema: { options: { path: "x" }, namespace: "shop" } },
    ],
  };
  const ws = await temporaryWorkspace({ "config.json": old });
  const before = await textOf(ws.paths.config);
  const view = await readConfig(ws);
  expect(view.warnings).toHaveLength(1);
  expect(view.config.connections).toMatchObject([
    {
      name: "team_board",
      title: "Team Board!",
      schema: { options: { board_ids: ["5f1a"] } },
      state: { revision: 0, destination_id: null, streams: { cards: { cursor: "2026-01-01" } } },
    },
    { name: "orders", schema: { options: { path: "x" }, namespace: "shop" } },
  ]);
  expect(await textOf(ws.paths.config)).toBe(before);
  await updateConnection(ws, "orders", "naming orders", (entry) => {
    entry.title = "Orders";
  });
  const written = JSON.parse(await textOf(ws.paths.config));
  expect(written.version).toBe(1);
  expect(
    written.connections.every((entry: unknown) => isJsonObject(entry) && UUID_PATTERN.test(String(entry.id))),
  ).toBe(true);
  expect((await readConfig(ws)).warnings).toEqual([]);
  const [backup] = await readdir(ws.paths.backups);
  expect(await textOf(`${ws.paths.backups}/${backup}`)).toBe(before);
});
