import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { rowsOf } from "../rest/rest-workspace.ts";
import { changeConfig, messagesOf, singerWorkspace } from "./singer-workspace.ts";

const USERS = {
  keys: ["id"],
  cursor: "at",
  properties: {
    id: { type: "integer" },
    name: { type: ["null", "string"] },
    at: { type: "string", format: "date-time" },
    secretNote: { type: "string" },
  },
  rows: Array.from({ length: 25 }, (_, id) => ({
    id,
    name: `user ${id}`,
    at: `2026-01-01T00:00:${String(id).padStart(2, "0")}Z`,
  })),
};
const COUNTRIES = {
  keys: ["code"],
  forced: "FULL_TABLE",
  properties: { code: { type: "string" } },
  rows: [{ code: "de" }, { code: "fr" }],
};

test("a tap's streams are found, loaded in the mode that its catalog means, and read on from its state", async () => {
  await using db = await freshDatabase();
  await using ws = await singerWorkspace(db, { config: { tables: { users: USERS, countries: COUNTRIES } } });
  const first = await ws.run("tap");
  expect(first.result).toMatchObject({ status: "success" });
  expect(first.result.stats).toMatchObject({
    users: { mode: "merge", inserted: 25 },
    countries: { mode: "replace", inserted: 2 },
  });
  await changeConfig(ws, ({ config }) => {
    config.tables.users.rows.push({ id: 3, name: "changed", at: "2026-01-02T00:00:00Z" });
    config.tables.countries.rows = [{ code: "it" }];
  });
  const second = await ws.run("tap");
  expect(second.result.stats).toMatchObject({ users: { rows_read: 2, updated: 1 }, countries: { inserted: 1 } });
  expect(await rowsOf(db, "tap.countries", "code")).toEqual([{ code: "it" }]);
  const users = (await rowsOf(db, "tap.users")) as { name: string; at: string }[];
  expect(users).toHaveLength(25);
  expect(users[3]).toEqual({ id: 3, name: "changed", at: "2026-01-02T00:00:00+00:00", secret_note: null });
  expect((await ws.readConfig()).connections[0]?.state?.streams["users"]).toEqual({
    cursor: { replication_key: "at", replication_key_value: "2026-01-02T00:00:00Z" },
  });
  expect(messagesOf(second.events)).toContain("node: INFO starting");
  expect(messagesOf(second.events).filter((said) => said.includes("progress: users record_count"))).toHaveLength(1);
});

test("the tap gets its config with the secrets in it, and nothing of it is left or readable by others", async () => {
  await using db = await freshDatabase();
  await using ws = await singerWorkspace(db, {
    config: { tables: { users: USERS }, seen: "SEEN", nested: { kept: 1 } },
    secrets: 'token = "hunter2-secret"\nnested__key = "other-secret-0815"',
  });
  const seen = join(ws.root, "seen.json");
  await changeConfig(ws, ({ config }) => {
    config.seen = seen;
  });
  const folder = join(ws.root, ".sluice", "private");
  const modes: number[] = [];
  const { result, events } = await ws.run(
    "tap",
    {},
    {
      ready: async () => {
        for (const name of await readdir(folder, { recursive: true }))
          modes.push((await stat(join(folder, name))).mode & 0o77);
      },
    },
  );
  expect(result.status).toBe("success");
  const { config } = JSON.parse(await readFile(seen, "utf8"));
  expect(config).toMatchObject({ token: "hunter2-secret", nested: { kept: 1, key: "other-secret-0815" } });
  expect(modes.length).toBeGreaterThan(0);
  expect(modes.every((mode) => mode === 0)).toBe(true);
  expect(await readdir(folder)).toEqual([]);
  expect(JSON.stringify([result, events])).not.toMatch(/hunter2-secret|other-secret-0815/);
});

test("a tap's last words are in the error, without the secret that they quote", async () => {
  await using db = await freshDatabase();
  await using ws = await singerWorkspace(db, {
    config: { tables: { users: USERS } },
    secrets: 'token = "wrong"',
  });
  const { result, events } = await ws.run("tap");
  expect(result).toMatchObject({ exit_code: 1, error: { code: "program_failed" } });
  expect(result.error?.message).toMatch(/exit code 1; its last words: .*401: the token/);
  const said = events.filter(({ kind, level }) => kind === "runtime.event" && level === "error");
  expect(messagesOf(said)).toEqual([expect.stringMatching("node: CRITICAL 401")]);
});

test.each([
  ["die", "program_failed", /exit code 3; its last words:.*the API said 500/],
  ["hang", "program_silent", /printed nothing for 1 s and was ended/],
  ["broken", "source_format", /line \d+ of its output begins like a message and is not valid JSON/],
  ["stranger", "source_failed", /gives records of "strangers", which its catalog does not have/],
])(
  "a tap that goes wrong (%s) fails the run, keeps what its states covered, and is read on",
  async (misbehave, code, says) => {
    await using db = await freshDatabase();
    const config = { tables: { users: USERS }, misbehave, after: 15, state_every: 5 };
    await using ws = await singerWorkspace(db, { config, options: { timeout_s: 1 } });
    const failed = await ws.run("tap");
    expect(failed.result).toMatchObject({ status: "failed", stats: { users: { error: { code } } } });
    expect(failed.result.stats["users"]?.error?.message).toMatch(says);
    await changeConfig(ws, ({ config: told }) => {
      delete told.misbehave;
    });
    expect((await ws.run("tap")).result.status).toBe("success");
    expect(((await rowsOf(db, "tap.users")) as { id: number }[]).map(({ id }) => id)).toEqual(
      USERS.rows.map(({ id }) => id),
    );
  },
);

test("a print statement among the messages is said and does no harm", async () => {
  await using db = await freshDatabase();
  await using ws = await singerWorkspace(db, { config: { tables: { users: USERS }, misbehave: "junk", after: 3 } });
  const { result } = await ws.run("tap");
  expect(result).toMatchObject({ status: "success", stats: { users: { inserted: 25 } } });
  expect(result.report_text).toContain("no message: a print statement");
});

test("retries go on from the last state that was committed", async () => {
  await using db = await freshDatabase();
  const config = { tables: { users: USERS }, misbehave: "die", after: 15, once: "ONCE" };
  await using ws = await singerWorkspace(db, { config });
  await changeConfig(ws, ({ config: told }) => {
    told.once = join(ws.root, "once");
  });
  const { result, events } = await ws.run("tap", { retries: 1 });
  expect(result).toMatchObject({ status: "success" });
  expect(events.at(-1)).toMatchObject({ kind: "run.finish", data: { attempts: 2 } });
  expect(await rowsOf(db, "tap.users")).toHaveLength(25);
});

test("only the chosen streams and properties are loaded", async () => {
  await using db = await freshDatabase();
  const rows = [{ id: 1, name: "Ada", at: "2026-01-01T00:00:00Z", secretNote: "x" }];
  await using ws = await singerWorkspace(db, {
    config: { tables: { users: { ...USERS, rows }, countries: COUNTRIES } },
    options: { properties: { users: ["*", "!secret*", "!name"] } },
    schema: { streams: { users: { selected: true } } },
  });
  const { result } = await ws.run("tap");
  expect(Object.keys(result.stats)).toEqual(["users"]);
  expect(await rowsOf(db, "tap.users")).toEqual([{ id: 1, at: "2026-01-01T00:00:00+00:00" }]);
});

test("a method that the tap's catalog leaves empty is none that it forces", async () => {
  await using db = await freshDatabase();
  const table = { ...USERS, cursor: undefined, forced: "" };
  const streams = { users: { selected: true, mode: "merge", primary_key: ["id"], cursor_field: "at" } };
  await using ws = await singerWorkspace(db, { config: { tables: { users: table } }, schema: { streams } });
  const seen = join(ws.root, "seen.json");
  await changeConfig(ws, ({ config }) => {
    config.seen = seen;
  });
  expect((await ws.run("tap")).result.status).toBe("success");
  const [entry] = JSON.parse(await readFile(seen, "utf8")).catalog.streams;
  expect(entry).toMatchObject({ replication_method: "INCREMENTAL", replication_key: "at" });
  expect(entry.metadata[0].metadata).toMatchObject({ "replication-method": "INCREMENTAL", "replication-key": "at" });
});

test("rows that are appended to a table that is there say which run has brought them", async () => {
  await using db = await freshDatabase();
  const table = { ...USERS, keys: [], exclusive: true, rows: USERS.rows.slice(0, 10) };
  await using ws = await singerWorkspace(db, { config: { tables: { users: table } } });
  const first = await ws.run("tap");
  await changeConfig(ws, ({ config }) => {
    config.tables.users.rows = USERS.rows;
  });
  const second = await ws.run("tap");
  const { rows } = await db.client.query(
    "select _sluice_run_id as run_id, count(*)::int as n from tap.users group by 1 order by 2",
  );
  expect(rows).toEqual([
    { run_id: first.result.run_id, n: 10 },
    { run_id: second.result.run_id, n: 15 },
  ]);
});

test("records that do not fit their schema keep their values", async () => {
  await using db = await freshDatabase();
  const rows = [
    { id: 1, name: 5, at: "2026-01-01T00:00:00" },
    { id: 2, name: "x", at: "2026-01-01T00:00:00Z", more: { deep: [1] } },
    { id: "three", name: null },
  ];
  const table = { ...USERS, keys: [], cursor: undefined, rows };
  await using ws = await singerWorkspace(db, { config: { tables: { users: table } } });
  expect((await ws.run("tap")).result.status).toBe("success");
  expect(await rowsOf(db, "tap.users", "name")).toMatchObject([
    { id: "1", name: "5", at: "2026-01-01T00:00:00", at__text: null },
    { id: "2", name: "x", at: null, at__text: "2026-01-01T00:00:00Z", more: { deep: [1] } },
    { id: "three", name: null },
  ]);
});

test("a schema that changes in mid-stream adds its columns and widens the others", async () => {
  await using db = await freshDatabase();
  const schema = { properties: { ...USERS.properties, age: { type: "number" }, id: { type: "string" } } };
  const after = [
    { type: "SCHEMA", stream: "users", schema, key_properties: ["id"] },
    { type: "RECORD", stream: "users", record: { id: "a7", age: 1.5 } },
  ];
  await using ws = await singerWorkspace(db, { config: { tables: { users: { ...USERS, afterwards: after } } } });
  const { result } = await ws.run("tap");
  expect(result).toMatchObject({ status: "success", stats: { users: { inserted: 26 } } });
  const rows = await rowsOf(db, "tap.users");
  expect([rows[0], rows.at(-1)]).toMatchObject([
    { id: "0", age: null },
    { id: "a7", age: 1.5 },
  ]);
});

test("a new version of a table replaces the rows of the old one when it is complete", async () => {
  await using db = await freshDatabase();
  const table = { ...USERS, cursor: undefined, version: 1, rows: [{ id: 1 }, { id: 2 }] };
  await using ws = await singerWorkspace(db, {
    config: { tables: { users: table } },
    schema: { streams: { users: { mode: "merge" } } },
  });
  await ws.run("tap");
  await changeConfig(ws, ({ config }) => {
    Object.assign(config.tables.users, { version: 2, rows: [{ id: 2 }, { id: 3 }] });
  });
  await ws.run("tap");
  expect(await rowsOf(db, "tap.users")).toMatchObject([{ id: 2 }, { id: 3 }]);
  await changeConfig(ws, ({ config }) => {
    Object.assign(config.tables.users, { rows: [{ id: 4 }] });
  });
  await ws.run("tap");
  expect(await rowsOf(db, "tap.users")).toMatchObject([{ id: 2 }, { id: 3 }, { id: 4 }]);
});

test("records that the tap has written into files come in too", async () => {
  await using db = await freshDatabase();
  await using ws = await singerWorkspace(db, { config: { tables: {} } });
  const packed = join(ws.root, "batch.jsonl.gz");
  await writeFile(packed, gzipSync('{"id": 30, "big": 9007199254740993}\n{"id": 31}\n'));
  const batch = (file: string, encoding: object) => ({ type: "BATCH", stream: "users", encoding, manifest: [file] });
  const after = [batch(`file://${packed}`, { format: "jsonl", compression: "gzip" })];
  await changeConfig(ws, ({ config }) => {
    config.tables = { users: { ...USERS, rows: [], afterwards: after } };
  });
  expect((await ws.run("tap")).result).toMatchObject({ status: "success", stats: { users: { inserted: 2 } } });
  expect(await rowsOf(db, "tap.users")).toMatchObject([{ id: 30, big: expect.anything() }, { id: 31 }]);
  await changeConfig(ws, ({ config }) => {
    config.tables.users.afterwards = [batch("s3://there/x.parquet", { format: "parquet" })];
  });
  const refused = await ws.run("tap");
  expect(refused.result.stats["users"]?.error?.message).toMatch(/format is parquet and only jsonl can be read/);
});

test("a plain program is replayed, its streams found by running it once", async () => {
  await using db = await freshDatabase();
  await using ws = await singerWorkspace(db, { options: { command: "cat", args: ["m.jsonl"], plain: true } });
  await mkdir(ws.root, { recursive: true });
  const lines = [
    { type: "SCHEMA", stream: "b", schema: { properties: { id: { type: "integer" } } }, key_properties: ["id"] },
    { type: "RECORD", stream: "b", record: { id: 1 } },
    { type: "STATE", value: { anything: 1 } },
  ];
  await writeFile(join(ws.root, "m.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
  expect((await ws.run("tap")).result).toMatchObject({
    status: "success",
    stats: { b: { mode: "merge", inserted: 1 } },
  });
});

test.each([
  [{ command: "no-such-tap-anywhere" }, "program_missing", /not found/],
  [{ command: undefined }, "connection_invalid", /neither `package` nor `command`/],
  [{ package: "tap-x", python: "no-such-python" }, "python_missing", /no Python 3 was found as no-such-python/],
  [{ catalog: "nowhere.json" }, "source_not_found", /reading the catalog nowhere.json/],
])("a connection that cannot run its tap says why: %j", async (options, code, says) => {
  await using db = await freshDatabase();
  await using ws = await singerWorkspace(db, { config: { tables: {} }, options });
  const { result } = await ws.run("tap");
  expect(result.error).toMatchObject({ code, message: expect.stringMatching(says) });
});
