import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunEvent } from "../../../src/core/events.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { rowsOf } from "../rest/rest-workspace.ts";
import { changeConfig, messagesOf } from "../singer/singer-workspace.ts";
import { airbyteWorkspace, lastSeen, SOURCE } from "./airbyte-workspace.ts";

const USERS = {
  keys: ["id"],
  cursor: "id",
  properties: { id: { type: "integer" }, name: { type: "string" } },
  rows: Array.from({ length: 25 }, (_, id) => ({ id, name: `user ${id}` })),
};

function attemptsOf(events: readonly RunEvent[]): number {
  return events.filter(({ kind }) => kind === "attempt.start").length;
}

test.each([
  ["die", "program_failed", /exit code 3; its last words:.*the API said 500/],
  ["hang", "program_silent", /printed nothing for 1 s and was ended/],
  ["broken", "source_format", /line \d+ of its output begins like a message and is not valid JSON/],
  ["stranger", "source_format", /gives records of "strangers", which its catalog does not have/],
  ["glue", "source_truncated", /says that it gave 5 records of users before a state, and 4 came/],
  ["transient", "source_failed", /reading from node: 503 for a while\. It may pass/],
  ["system", "program_failed", /reading from node: division by zero \(inside\)\. What was committed stays/],
  ["incomplete", "source_failed", /it ended, and users is not complete/],
])(
  "a source that goes wrong (%s) fails the run, keeps what its states covered, and is read on",
  async (misbehave, code, says) => {
    await using db = await freshDatabase();
    const config = { tables: { users: USERS }, misbehave, after: 15, state_every: 5 };
    await using ws = await airbyteWorkspace(db, { config, options: { timeout_s: 1 } });
    const failed = await ws.run("shop", { retries: 0 });
    expect(failed.result).toMatchObject({ status: "failed", stats: { users: { error: { code } } } });
    expect(failed.result.stats["users"]?.error?.message).toMatch(says);
    expect(failed.result.stats["users"]?.rows_written).toBe(15);
    await changeConfig(ws, ({ config: told }) => {
      delete told.misbehave;
    });
    const { result } = await ws.run("shop");
    expect(result).toMatchObject({ status: "success", stats: { users: { rows_read: 10 } } });
    expect(await rowsOf(db, "shop.users")).toEqual(USERS.rows);
  },
);

test("what may pass is tried again, what is wrong with the config is not", async () => {
  await using db = await freshDatabase();
  await using ws = await airbyteWorkspace(db, {
    config: { tables: { users: USERS }, misbehave: "transient", after: 15 },
  });
  await changeConfig(ws, ({ config }) => {
    config.once = join(ws.root, "once");
  });
  const passed = await ws.run("shop", { retries: 1, backoff_s: 0.01 });
  expect(passed.result.status).toBe("success");
  expect(attemptsOf(passed.events)).toBe(2);
  await changeConfig(ws, ({ config }) => {
    Object.assign(config, { misbehave: "config", after: 0, once: undefined });
    config.tables.users.rows.push({ id: 26, name: "x" });
  });
  const refused = await ws.run("shop", { retries: 3, backoff_s: 0.01 });
  expect(refused.result).toMatchObject({ status: "failed", exit_code: 3 });
  expect(attemptsOf(refused.events)).toBe(1);
  expect(refused.result.error).toMatchObject({ code: "connection_invalid" });
  expect(refused.result.error?.message).toMatch(
    /does not accept its config: the account is closed\. Correct the option/,
  );
  const stack = refused.events.find(({ message }) => message === "node: the account is closed");
  expect(stack).toMatchObject({ level: "error", data: { stack_trace: "Traceback", internal_message: "inside" } });
});

test("credentials that are refused are named as such, without the secret that the source quotes", async () => {
  await using db = await freshDatabase();
  await using ws = await airbyteWorkspace(db, {
    config: { tables: { users: USERS } },
    secrets: 'token = "wrong"',
  });
  const { result, events } = await ws.run("shop");
  expect(attemptsOf(events)).toBe(1);
  expect(result).toMatchObject({ exit_code: 3, error: { code: "credentials_rejected" } });
  expect(result.error?.message).toMatch(
    /401: the token .* is not valid\. Set new credentials with `sluice secrets set`/,
  );
});

test("a print statement among the messages is said and does no harm", async () => {
  await using db = await freshDatabase();
  await using ws = await airbyteWorkspace(db, { config: { tables: { users: USERS }, misbehave: "junk", after: 3 } });
  const { result, events } = await ws.run("shop");
  expect(result).toMatchObject({ status: "success", stats: { users: { inserted: 25 } } });
  expect(messagesOf(events)).toContain(
    "node printed a line that is no message: a print statement that somebody forgot",
  );
});

test("a source that counts wrongly is loaded where the connection says so", async () => {
  await using db = await freshDatabase();
  const config = { tables: { users: USERS }, misbehave: "glue", after: 3 };
  await using ws = await airbyteWorkspace(db, { config, options: { ignore_counts: true } });
  const { result, events } = await ws.run("shop");
  expect(result).toMatchObject({ status: "success", stats: { users: { inserted: 24 } } });
  expect(messagesOf(events)).toContain("node says that it gave 10 records of users before a state, and 9 came");
});

test("streams that were complete before another one failed are loaded", async () => {
  await using db = await freshDatabase();
  const countries = { keys: ["code"], properties: { code: { type: "string" } }, rows: [{ code: "de" }] };
  const config = { tables: { countries, users: { ...USERS, cursor: undefined } }, misbehave: "system", after: 11 };
  await using ws = await airbyteWorkspace(db, { config });
  const { result } = await ws.run("shop", { retries: 0 });
  expect(result).toMatchObject({ status: "partial", exit_code: 4 });
  expect(result.stats).toMatchObject({ countries: { outcome: "success" }, users: { outcome: "failed" } });
  expect(await rowsOf(db, "shop.countries", "code")).toEqual([{ code: "de" }]);
});

test("streams that are read on do not wait for those that are read whole, and these not for the others' failure", async () => {
  await using db = await freshDatabase();
  const countries = { keys: ["code"], properties: { code: { type: "string" } }, rows: [{ code: "de" }] };
  const config = { tables: { countries, users: USERS }, misbehave: "system", after: 15, state_every: 5 };
  await using ws = await airbyteWorkspace(db, { config });
  const { result } = await ws.run("shop", { retries: 0 });
  expect(result).toMatchObject({ status: "partial", error: { code: "program_failed" } });
  expect(result.stats).toMatchObject({
    countries: { outcome: "success", rows_written: 1 },
    users: { outcome: "failed", rows_written: 15 },
  });
});

test("a config that the source changes is kept before anything else, and used from then on", async () => {
  await using db = await freshDatabase();
  await using ws = await airbyteWorkspace(db, {
    config: { tables: { users: USERS }, credentials: { kind: "oauth", expires_at: "2026-01-01" } },
    secrets: 'credentials__refresh_token = "first-refresh-token"',
  });
  const seen = join(ws.root, "seen");
  const rotates = { credentials: { kind: "oauth", refresh_token: "second-refresh-token", expires_at: "2026-01-02" } };
  await changeConfig(ws, ({ config }) => Object.assign(config, { rotates, seen, misbehave: "rotate and die" }));
  const died = await ws.run("shop", { retries: 0 });
  expect(died.result.status).toBe("failed");
  expect(JSON.stringify([died.result, died.events.filter(({ kind }) => kind !== "run.start")])).not.toContain(
    "second-refresh-token",
  );
  const secrets = await readFile(join(ws.root, ".dlt", "secrets.toml"), "utf8");
  expect(secrets).toContain('credentials__refresh_token = "second-refresh-token"');
  await changeConfig(ws, ({ config }) => {
    delete config.rotates;
    delete config.misbehave;
  });
  expect((await ws.run("shop")).result.status).toBe("success");
  expect((await lastSeen(seen, "read")).config["credentials"]).toEqual(rotates.credentials);
  await changeConfig(ws, ({ config }) => {
    config.credentials.expires_at = "2027-05-05";
  });
  await ws.run("shop");
  expect((await lastSeen(seen, "read")).config["credentials"]).toMatchObject({
    refresh_token: "second-refresh-token",
    expires_at: "2027-05-05",
  });
});

test.each([
  [{ config: { page_size: "many" } }, "", /config\.page_size must be a (whole )?number/],
  [{ config: { start: "May" } }, "", /config\.start must look like/],
  [{ config: { token: "x" } }, "", /config\.token is a secret.*`sluice secrets set shop token`/],
  [{ config: { credentials: { kind: "key" } } }, "", /credentials\.key is missing.*secrets set shop credentials__key`/],
  [{ config: { credentials: { kind: "keys" } } }, "", /config\.credentials/],
])(
  "a config that its specification does not allow is refused before anything runs: %j",
  async (options, secrets, says) => {
    await using db = await freshDatabase();
    await using ws = await airbyteWorkspace(db, { options, secrets });
    const { result } = await ws.run("shop");
    expect(result).toMatchObject({ exit_code: 3, error: { code: "connection_invalid" } });
    expect(result.error?.message).toMatch(says);
  },
);

test.each([
  [{ command: "no-such-source-anywhere" }, "program_missing", /not found/],
  [{ command: undefined }, "connection_invalid", /neither `package` nor `command`/],
  [{ package: "source-x", python: "no-such-python" }, "python_missing", /no Python 3 was found as no-such-python/],
  [{ command: "true", args: [] }, "source_format", /asking true for its spec: it ended without a message/],
  [{ config: { misbehave: "no catalog" } }, "source_format", /asking node for its discover/],
  [{ image: "airbyte/source-x" }, "connection_invalid", /both `image` and `command`/],
  [
    { image: "x", command: undefined, args: [], engine: "no-such-engine" },
    "engine_missing",
    /no-such-engine: .*not found/,
  ],
])("a connection that cannot run its source says why: %j", async (options, code, says) => {
  await using db = await freshDatabase();
  await using ws = await airbyteWorkspace(db, { config: { tables: {} }, options });
  const { result } = await ws.run("shop");
  expect(result.error).toMatchObject({ code, message: expect.stringMatching(says) });
});

test("a connection is tested by the source's own check", async () => {
  const { checkSource } = await import("../../../src/connector/index.ts");
  const said: string[] = [];
  const context = (config: object) =>
    ({
      ...{ connection: "shop", workspace: import.meta.dirname, signal: new AbortController().signal, secrets: {} },
      ...{ log: (_level: string, text: string) => said.push(text), defer: () => {}, saveSecret: async () => {} },
      options: { command: process.execPath, args: [SOURCE], config },
    }) as never;
  expect(await checkSource(context({ tables: {} }))).toEqual({ message: "node accepts its config" });
  await expect(checkSource(context({ misbehave: "refuse" }))).rejects.toMatchObject({
    code: "connection_invalid",
    message: expect.stringMatching(/node does not accept its config: no such account/),
  });
});
