import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { rowsOf } from "../rest/rest-workspace.ts";
import { changeConfig, messagesOf } from "../singer/singer-workspace.ts";
import { airbyteWorkspace, lastSeen, seenCommands } from "./airbyte-workspace.ts";

const USERS = {
  keys: ["id"],
  cursor: "at",
  properties: {
    id: { type: "integer" },
    name: { type: ["null", "string"] },
    at: { type: "string", format: "date-time", airbyte_type: "timestamp_with_timezone" },
    secretNote: { type: "string" },
  },
  rows: Array.from({ length: 25 }, (_, id) => ({
    id,
    name: `user ${id}`,
    at: `2026-01-01T00:00:${String(id).padStart(2, "0")}Z`,
  })),
};
const EVENTS = { ...USERS, keys: [] };
const COUNTRIES = { keys: ["code"], properties: { code: { type: "string" } }, rows: [{ code: "de" }, { code: "fr" }] };

test("a source's streams are found, loaded in the mode that its catalog means, and read on from its state", async () => {
  await using db = await freshDatabase();
  await using ws = await airbyteWorkspace(db, {
    config: { tables: { countries: COUNTRIES, users: USERS, events: EVENTS } },
  });
  const seen = join(ws.root, "seen");
  await changeConfig(ws, ({ config }) => Object.assign(config, { seen }));
  const first = await ws.run("shop");
  expect(first.result).toMatchObject({ status: "success" });
  expect(first.result.stats).toMatchObject({
    users: { mode: "merge", inserted: 25 },
    events: { mode: "append", inserted: 25 },
    countries: { mode: "replace", inserted: 2 },
  });
  const reads = (await seenCommands(seen)).filter(({ args }) => args.includes("read"));
  expect(reads.map(({ state }) => state)).toEqual([undefined, undefined]);
  expect(reads.map(({ catalog }) => catalog.streams)).toMatchObject([
    [
      {
        stream: { name: "users" },
        sync_mode: "incremental",
        destination_sync_mode: "append_dedup",
        cursor_field: ["at"],
        primary_key: [["id"]],
      },
      { stream: { name: "events" }, sync_mode: "incremental", destination_sync_mode: "append" },
    ],
    [{ stream: { name: "countries" }, sync_mode: "full_refresh", destination_sync_mode: "overwrite" }],
  ]);
  await changeConfig(ws, ({ config }) => {
    config.tables.users.rows.push({ id: 3, name: "changed", at: "2026-01-02T00:00:00Z" });
    config.tables.countries.rows = [];
  });
  const second = await ws.run("shop");
  expect(second.result.stats).toMatchObject({ users: { rows_read: 1, updated: 1 }, countries: { inserted: 0 } });
  expect(await rowsOf(db, "shop.countries", "code")).toEqual([]);
  const users = (await rowsOf(db, "shop.users")) as { name: string; at: string }[];
  expect(users).toHaveLength(25);
  expect(users[3]).toEqual({ id: 3, name: "changed", at: "2026-01-02T00:00:00+00:00", secret_note: null });
  expect(await rowsOf(db, "shop.events")).toHaveLength(25);
  expect((await ws.readConfig()).connections[0]?.state?.streams["users"]).toEqual({
    cursor: { at: "2026-01-02T00:00:00Z" },
  });
  const said = messagesOf(second.events);
  expect(said).toEqual(expect.arrayContaining(["node: starting", "node: that was all"]));
  expect(said).toContain("node expects about 51 rows of all streams");
  const warned = second.events.filter(({ kind, level }) => kind === "runtime.event" && level === "warn");
  expect(new Set(messagesOf(warned))).toEqual(new Set(["node: that was all"]));
});

test.each(["stream", "global", "legacy"])(
  "states of the form %s are given back as they came, one stream can be read anew",
  async (form) => {
    await using db = await freshDatabase();
    const config = { tables: { users: USERS, events: EVENTS }, form, lsn: 9007199254740992 };
    await using ws = await airbyteWorkspace(db, { config });
    const seen = join(ws.root, "seen");
    await changeConfig(ws, ({ config: told }) => Object.assign(told, { seen }));
    await ws.run("shop");
    const again = await ws.run("shop");
    expect(again.result.stats).toMatchObject({ users: { rows_read: 0 }, events: { rows_read: 0 } });
    const end = { at: "2026-01-01T00:00:24Z" };
    const stream_states = ["users", "events"].map((name) => ({ stream_descriptor: { name }, stream_state: end }));
    const forms: Record<string, unknown> = {
      stream: stream_states.map((stream) => ({ type: "STREAM", stream })),
      global: [{ type: "GLOBAL", global: { shared_state: { lsn: 9007199254740992 }, stream_states } }],
      legacy: { users: end, events: end, version: 7 },
    };
    expect((await lastSeen(seen, "read")).state).toEqual(forms[form]);
    const anew = await ws.run("shop", { streams: ["users"], full_refresh: true });
    expect(anew.result).toMatchObject({ status: "success", stats: { users: { rows_read: 25 } } });
    expect(await rowsOf(db, "shop.events")).toHaveLength(25);
    const third = await ws.run("shop");
    expect(third.result.stats).toMatchObject({ users: { rows_read: 0 }, events: { rows_read: 0 } });
  },
);

test("a stream with a namespace keeps apart from its namesake, and only the chosen streams and properties are loaded", async () => {
  await using db = await freshDatabase();
  const tables = {
    a: { ...USERS, alias: "users", namespace: "shop" },
    b: { ...USERS, alias: "users", namespace: "crm", rows: USERS.rows.slice(0, 3) },
    countries: COUNTRIES,
  };
  await using ws = await airbyteWorkspace(db, {
    config: { tables },
    options: { properties: { "crm.users": ["*", "!secret*", "!name"] } },
    schema: { streams: { countries: { selected: false } } },
  });
  const { result } = await ws.run("shop");
  expect(result.status).toBe("success");
  expect(result.stats).toMatchObject({ "shop.users": { inserted: 25 }, "crm.users": { inserted: 3 } });
  expect(Object.keys(result.stats)).toHaveLength(2);
  expect((await rowsOf(db, "shop.crm_users"))[0]).toEqual({ id: 0, at: "2026-01-01T00:00:00+00:00" });
  expect(await rowsOf(db, "shop.shop_users")).toHaveLength(25);
  const again = await ws.run("shop");
  expect(again.result.stats).toMatchObject({ "shop.users": { rows_read: 0 }, "crm.users": { rows_read: 0 } });
});

test("the connection says by which cursor a stream is read on that has none of its own, or that it is replaced", async () => {
  await using db = await freshDatabase();
  const table = { ...USERS, chosen: true };
  await using ws = await airbyteWorkspace(db, { config: { tables: { users: table, others: USERS } } });
  const seen = join(ws.root, "seen");
  const { result } = await ws.run("shop");
  expect(result.stats).toMatchObject({ users: { mode: "replace" }, others: { mode: "merge" } });
  const { writeFile } = await import("node:fs/promises");
  const file = JSON.parse(await readFile(ws.config, "utf8"));
  file.connections[0].schema.options.config.seen = seen;
  file.connections[0].schema.streams = {
    users: { mode: "merge", cursor_field: "at" },
    others: { mode: "replace" },
  };
  await writeFile(ws.config, JSON.stringify(file));
  expect((await ws.run("shop")).result.status).toBe("success");
  const reads = (await seenCommands(seen)).filter(({ args }) => args.includes("read"));
  expect(reads.map(({ catalog }) => catalog.streams)).toMatchObject([
    [{ stream: { name: "users" }, sync_mode: "incremental", cursor_field: ["at"] }],
    [{ stream: { name: "others" }, sync_mode: "full_refresh" }],
  ]);
  expect((await ws.run("shop")).result.stats).toMatchObject({
    users: { rows_read: 0 },
    others: { rows_read: 25, inserted: 25 },
  });
});

test("a read of the whole that can be gone on with goes on after a failure, and begins anew after its end", async () => {
  await using db = await freshDatabase();
  const table = { keys: ["id"], properties: USERS.properties, resumable: true, rows: USERS.rows };
  const config = { tables: { users: table }, misbehave: "die", after: 15, state_every: 5 };
  await using ws = await airbyteWorkspace(db, { config, schema: { streams: { users: { mode: "append" } } } });
  const failed = await ws.run("shop", { retries: 0 });
  expect(failed.result).toMatchObject({ status: "failed", stats: { users: { rows_written: 15 } } });
  await changeConfig(ws, ({ config: told }) => {
    delete told.misbehave;
  });
  expect((await ws.run("shop")).result.stats).toMatchObject({ users: { rows_read: 10 } });
  expect(await rowsOf(db, "shop.users")).toHaveLength(25);
  expect((await ws.readConfig()).connections[0]?.state?.streams["users"]).toEqual({ cursor: null });
  expect((await ws.run("shop")).result.stats).toMatchObject({ users: { rows_read: 25 } });
});

test("a source without statuses of its streams is complete when it ends well", async () => {
  await using db = await freshDatabase();
  await using ws = await airbyteWorkspace(db, {
    config: { tables: { users: USERS, countries: { ...COUNTRIES, rows: [] } }, statuses: false },
  });
  const { result } = await ws.run("shop");
  expect(result).toMatchObject({ status: "success", stats: { users: { inserted: 25 }, countries: { inserted: 0 } } });
  expect(await rowsOf(db, "shop.countries", "code")).toEqual([]);
});

test("the source gets its config with the secrets in it, and nothing of it is left or readable by others", async () => {
  await using db = await freshDatabase();
  await using ws = await airbyteWorkspace(db, {
    config: { tables: { users: USERS }, credentials: { kind: "key" } },
    secrets: 'token = "hunter2-secret"\ncredentials__key = "other-secret-0815"\npage_size = "50"',
  });
  const seen = join(ws.root, "seen");
  await changeConfig(ws, ({ config }) => Object.assign(config, { seen }));
  const folder = join(ws.root, ".sluice", "private");
  const modes: number[] = [];
  const ready = async () => {
    for (const name of await readdir(folder, { recursive: true }))
      modes.push((await stat(join(folder, name))).mode & 0o77);
  };
  const { result, events } = await ws.run("shop", {}, { ready });
  expect(result.status).toBe("success");
  expect((await lastSeen(seen, "read")).config).toMatchObject({
    token: "hunter2-secret",
    page_size: 50,
    credentials: { kind: "key", key: "other-secret-0815" },
  });
  expect(modes.length).toBeGreaterThan(0);
  expect(modes.every((mode) => mode === 0)).toBe(true);
  expect(await readdir(folder)).toEqual([]);
  expect(JSON.stringify([result, events])).not.toMatch(/hunter2-secret|other-secret-0815/);
});
