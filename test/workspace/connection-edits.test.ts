import { expect, test } from "vitest";
import {
  addConnection,
  duplicateConnection,
  getConnection,
  readConfig,
  removeConnection,
  renameConnection,
} from "../../src/workspace/config-file.ts";
import { readSecrets } from "../../src/workspace/secrets-file.ts";
import { configWith, connectionEntry, idOf, temporaryWorkspace, textOf } from "./temporary-workspace.ts";

const SECRETS = '# keep me\n[sources.board] # the team\'s\ntoken = "t1" # mine\n\n[sources.trello]\ntoken = "shared"\n';
const state = { version: 1, revision: 4, destination_id: null, global: {}, streams: {} };

async function workspaceWithBoard() {
  return temporaryWorkspace({
    "config.json": configWith(
      connectionEntry("board", { type: "trello", state }),
      connectionEntry("trello", { type: "trello" }),
    ),
    ".dlt/secrets.toml": SECRETS,
  });
}

test("an added connection has an id and a time, and its keys in the usual order", async () => {
  const ws = await temporaryWorkspace({ "config.json": configWith() });
  const added = await addConnection(ws, { schema: { options: { path: "x" } }, type: "files", name: "orders" });
  expect(await getConnection(ws, "orders")).toEqual(added);
  const [entry] = JSON.parse(await textOf(ws.paths.config)).connections;
  expect(Object.keys(entry)).toEqual(["id", "name", "type", "enabled", "schema", "created_at"]);
});

test("a name that is taken and an entry that is wrong are refused", async () => {
  const ws = await workspaceWithBoard();
  const before = await textOf(ws.paths.config);
  await expect(addConnection(ws, { name: "board", type: "files" })).rejects.toMatchObject({
    code: "connection_exists",
  });
  await expect(addConnection(ws, { name: "Bad Name", typ: "files" })).rejects.toMatchObject({
    code: "connection_invalid",
    details: { problems: { length: 3 } },
  });
  await expect(renameConnection(ws, "board", "trello")).rejects.toMatchObject({ code: "connection_exists" });
  await expect(renameConnection(ws, "bord", "x")).rejects.toMatchObject({ code: "connection_unknown" });
  expect(await textOf(ws.paths.config)).toBe(before);
});

test("a rename takes id, state and secrets along and keeps every comment", async () => {
  const ws = await workspaceWithBoard();
  await renameConnection(ws, "board", "team_board");
  expect(await getConnection(ws, "team_board")).toMatchObject({ id: idOf("board"), state: { revision: 4 } });
  expect(await readSecrets(ws)).toEqual({ sources: { trello: { token: "shared" }, team_board: { token: "t1" } } });
  for (const comment of ["# keep me", "# the team's", "# mine"])
    expect(await textOf(ws.paths.secrets)).toContain(comment);
});

test("a rename to a name that cannot be leaves the secrets alone", async () => {
  const ws = await workspaceWithBoard();
  await expect(renameConnection(ws, "board", "Team Board")).rejects.toMatchObject({ code: "connection_invalid" });
  expect(await textOf(ws.paths.secrets)).toBe(SECRETS);
});

test("secrets that several connections share stay where they are", async () => {
  const ws = await workspaceWithBoard();
  await renameConnection(ws, "trello", "other");
  await removeConnection(ws, "other", { secrets: true });
  expect(await textOf(ws.paths.secrets)).toBe(SECRETS);
});

test("removing a connection keeps its secrets unless told otherwise", async () => {
  const ws = await workspaceWithBoard();
  await removeConnection(ws, "board", { secrets: false });
  expect((await readConfig(ws)).connections.map(({ name }) => name)).toEqual(["trello"]);
  expect(await textOf(ws.paths.secrets)).toBe(SECRETS);
  await addConnection(ws, { name: "board", type: "trello" });
  await removeConnection(ws, "board", { secrets: true });
  expect(await readSecrets(ws)).toEqual({ sources: { trello: { token: "shared" } } });
});

test("a copy has its own id, the same secrets and no state", async () => {
  const ws = await workspaceWithBoard();
  await duplicateConnection(ws, "board", "copy");
  const copy = await getConnection(ws, "copy");
  expect(copy.id).not.toBe(idOf("board"));
  expect(copy.state).toBeUndefined();
  expect(await readSecrets(ws)).toMatchObject({ sources: { board: { token: "t1" }, copy: { token: "t1" } } });
});
