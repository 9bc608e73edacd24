import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openWorkspace } from "../../src/workspace/locate.ts";
import { resolveSecrets, rotateSecret } from "../../src/workspace/secret-values.ts";
import { readSecrets } from "../../src/workspace/secrets-file.ts";
import { temporaryWorkspace } from "./temporary-workspace.ts";

const request = { connection: "team_board", connector: "trello", fields: ["api_key", "token"] };

test("the connection's own section wins over its connector's, field by field", async () => {
  const ws = await temporaryWorkspace({
    ".dlt/secrets.toml":
      '[sources.trello]\napi_key = "shared-key"\ntoken = "shared-token"\n[sources.team_board]\ntoken = "own-token"\n',
  });
  expect(await resolveSecrets(ws, request)).toMatchObject({
    values: { api_key: "shared-key", token: "own-token" },
    origins: {
      api_key: { from: "file", where: "sources.trello.api_key" },
      token: { from: "file", where: "sources.team_board.token" },
    },
  });
});

test("the environment wins over the file, in dlt's spelling, from the shell or from .env", async () => {
  const ws = await temporaryWorkspace(
    {
      ".dlt/secrets.toml": '[sources.team_board]\napi_key = "f"\ntoken = "f"\n',
      ".env": "SOURCES__TRELLO__API_KEY=dotenv-key\n",
    },
    { SOURCES__TEAM_BOARD__TOKEN: "shell-token" },
  );
  expect(await resolveSecrets(ws, request)).toMatchObject({
    values: { api_key: "dotenv-key", token: "shell-token" },
    origins: { token: { from: "environment", where: "SOURCES__TEAM_BOARD__TOKEN" } },
  });
});

test("a value may refer to a variable or to a file of the workspace", async () => {
  const ws = await temporaryWorkspace(
    {
      ".dlt/secrets.toml": '[sources.trello]\napi_key = "env:MY_KEY"\ntoken = "file:keys/token"\n',
      "keys/token": "from-a-file\n",
    },
    { MY_KEY: "from-a-variable" },
  );
  expect(await resolveSecrets(ws, request)).toMatchObject({
    values: { api_key: "from-a-variable", token: "from-a-file" },
    origins: { token: { from: "reference", where: "file:keys/token" } },
  });
});

test("a reference that leads nowhere names itself and what to do", async () => {
  for (const reference of ["env:NOT_SET", "file:not/there"]) {
    const ws = await temporaryWorkspace({ ".dlt/secrets.toml": `[sources.trello]\ntoken = "${reference}"\n` });
    await expect(resolveSecrets(ws, request)).rejects.toMatchObject({
      code: "secret_missing",
      message: expect.stringContaining(reference.slice(reference.indexOf(":") + 1)),
    });
  }
});

test("fields without a value are left out; which are needed is not decided here", async () => {
  expect(await resolveSecrets(await temporaryWorkspace(), request)).toEqual({ values: {}, origins: {}, all: [] });
});

test("what is to be masked holds every secret of the file, but not where things are", async () => {
  const ws = await temporaryWorkspace(
    {
      ".dlt/secrets.toml": `[destination.postgres.credentials]
host = "db.example.com"
port = 5432
username = "loader"
password = "pg-password"
[sources.other]
token = "other-token"
list = ["in-a-list"]
[sources.trello]
token = "env:T"
`,
    },
    { T: "followed" },
  );
  const { all } = await resolveSecrets(ws, request);
  expect(all.sort()).toEqual(["followed", "in-a-list", "other-token", "pg-password"]);
});

test("a rotated credential replaces the one in the file, in the section where that stands", async () => {
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": '[sources.trello]\ntoken = "old" # from the console\n' });
  await rotateSecret(ws, { ...request, field: "token", value: "renewed" });
  expect(await readSecrets(ws)).toEqual({ sources: { trello: { token: "renewed" } } });
});

test("a rotated credential from elsewhere is kept apart and wins until the configured one changes", async () => {
  const ws = await temporaryWorkspace({}, { SOURCES__TRELLO__TOKEN: "configured" });
  await rotateSecret(ws, { ...request, field: "token", value: "renewed" });
  const first = await resolveSecrets(ws, request);
  expect(first).toMatchObject({ values: { token: "renewed" }, origins: { token: { from: "token_store" } } });
  expect(first.all).toEqual(expect.arrayContaining(["configured", "renewed"]));
  await rotateSecret(ws, { ...request, field: "token", value: "renewed again" });
  expect((await resolveSecrets(ws, request)).values).toEqual({ token: "renewed again" });
  const changed = openWorkspace({ workspace: ws.root, env: { SOURCES__TRELLO__TOKEN: "configured anew" } });
  expect((await resolveSecrets(changed, request)).values).toEqual({ token: "configured anew" });
});

test("the store of rotated credentials is for its owner only and does not name what it holds", async () => {
  const ws = await temporaryWorkspace({}, { SOURCES__TRELLO__TOKEN: "configured" });
  await rotateSecret(ws, { ...request, field: "token", value: "renewed" });
  const folder = join(ws.paths.internal, "tokens");
  const names = await readdir(folder);
  expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/)]);
  expect((await stat(join(folder, names[0] as string))).mode & 0o777).toBe(0o600);
});

test("a damaged store is an error, not a silent return to a credential that has expired", async () => {
  const ws = await temporaryWorkspace({}, { SOURCES__TRELLO__TOKEN: "configured" });
  await rotateSecret(ws, { ...request, field: "token", value: "renewed" });
  const folder = join(ws.paths.internal, "tokens");
  await writeFile(join(folder, (await readdir(folder))[0] as string), "{");
  await expect(resolveSecrets(ws, request)).rejects.toMatchObject({ code: "secrets_unreadable" });
});
