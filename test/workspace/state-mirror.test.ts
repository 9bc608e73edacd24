import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { renameConnection } from "../../src/workspace/config-file.ts";
import type { ConnectionState } from "../../src/workspace/config-schema.ts";
import type { Workspace } from "../../src/workspace/locate.ts";
import { mergeState } from "../../src/workspace/state-mirror.ts";
import { configWith, connectionEntry, idOf, temporaryWorkspace, textOf } from "./temporary-workspace.ts";

function stateAt(revision: number, cursor = "a"): ConnectionState {
  return { version: 1, revision, destination_id: null, global: {}, streams: { rows: { cursor } } };
}

test("only the state of that connection changes; every other byte stays", async () => {
  const text = `{"version": 1,
    "connections": [
        {"id": "${idOf("a")}", "name":"a", "type": "files", "schema": {"options": {"big": 12345678901234567890, "f": 1.50}}},
        {"type": "files", "name": "b", "id": "${idOf("b")}",
         "state": {"version": 1, "revision": 7, "destination_id": null, "global": {}, "streams": {"rows": {"cursor": "x"}}}}
    ] ,
    "settings": { "destination": "embedded" }
}

`;
  const ws = await temporaryWorkspace({ "config.json": text });
  const merge = await mergeState(ws, idOf("b"), stateAt(8, "y"));
  expect(await textOf(ws.paths.config)).toBe(text.replace('"revision": 7', '"revision": 8').replace('"x"', '"y"'));
  expect(merge).toMatchObject({ before: { revision: 7 }, after: { revision: 8 } });
  expect(await textOf(merge.backup as string)).toBe(text);
});

test("a state that stands there already is not written again", async () => {
  const ws = await temporaryWorkspace({
    "config.json": configWith(connectionEntry("a", { state: stateAt(3) as never })),
  });
  const before = await textOf(ws.paths.config);
  expect(await mergeState(ws, idOf("a"), stateAt(3))).not.toHaveProperty("backup");
  expect(await textOf(ws.paths.config)).toBe(before);
});

test("a connection that was renamed during the run still gets its state", async () => {
  const ws = await temporaryWorkspace({ "config.json": configWith(connectionEntry("old")) });
  await renameConnection(ws, "old", "renamed");
  await mergeState(ws, idOf("old"), stateAt(1));
  expect(JSON.parse(await textOf(ws.paths.config)).connections[0]).toMatchObject({
    name: "renamed",
    state: { revision: 1 },
  });
});

test("a connection that was deleted during the run is reported and the file left alone", async () => {
  const ws = await temporaryWorkspace({ "config.json": configWith() });
  expect(await mergeState(ws, idOf("gone"), stateAt(1))).toMatchObject({ deleted: true });
  expect(await readdir(ws.root)).toEqual(["config.json"]);
});

test("a connection that an edit has broken during the run still gets its state", async () => {
  const ws = await temporaryWorkspace({ "config.json": configWith(connectionEntry("a", { colour: "red" })) });
  await mergeState(ws, idOf("a"), stateAt(1));
  expect(JSON.parse(await textOf(ws.paths.config)).connections[0]).toMatchObject({
    colour: "red",
    state: { revision: 1 },
  });
});

test("a file that does not parse is reported and never overwritten", async () => {
  const half = '{\n  "version": 1,\n  "connections": [\n    { "na';
  const ws = await temporaryWorkspace({ "config.json": half });
  await expect(mergeState(ws, idOf("a"), stateAt(1))).rejects.toMatchObject({ code: "config_not_json" });
  expect(await textOf(ws.paths.config)).toBe(half);
});

test("fifty processes that write fifty connections' state at once lose nothing", { timeout: 120_000 }, async () => {
  const names = Array.from({ length: 50 }, (_, index) => `c${index}`);
  const ws = await temporaryWorkspace({ "config.json": configWith(...names.map((name) => connectionEntry(name))) });
  await Promise.all(names.map((name) => succeeded(startWriter(ws, name, 1))));
  const { connections } = JSON.parse(await textOf(ws.paths.config));
  expect(connections.map(({ name, state }: JsonObject) => [name, (state as JsonObject)?.streams])).toEqual(
    names.map((name) => [name, { rows: { cursor: idOf(name) } }]),
  );
  expect(await readdir(ws.paths.backups)).toHaveLength(50);
  expect(await readdir(ws.root)).toEqual(["backups", "config.json"]);
});

test("an editor that saves while a run writes its state loses nothing", { timeout: 60_000 }, async () => {
  const ws = await temporaryWorkspace({ "config.json": configWith(connectionEntry("a"), connectionEntry("b")) });
  const writer = startWriter(ws, "a", 60);
  let running = true;
  const end = succeeded(writer).finally(() => {
    running = false;
  });
  let saves = 0;
  while (running) {
    saves++;
    await saveAsEditor(ws, saves);
    await sleep(20 + Math.random() * 100);
    expect(JSON.parse(await textOf(ws.paths.config)).connections[1].title, `save ${saves}`).toBe(`edit ${saves}`);
  }
  await end;
  expect(saves).toBeGreaterThan(3);
  await mergeState(ws, idOf("a"), stateAt(61));
  const { connections } = JSON.parse(await textOf(ws.paths.config));
  expect(connections[0].state.revision).toBe(61);
  expect(connections[1].title).toBe(`edit ${saves}`);
});

/** Editors save in place or by renaming; neither takes our lock. */
async function saveAsEditor(ws: Workspace, edit: number): Promise<void> {
  const config = JSON.parse(await textOf(ws.paths.config));
  config.connections[1].title = `edit ${edit}`;
  const text = JSON.stringify(config, null, 2);
  if (edit % 2 === 0) return writeFile(ws.paths.config, text);
  await writeFile(join(ws.root, ".config.json.swp"), text);
  await rename(join(ws.root, ".config.json.swp"), ws.paths.config);
}

function startWriter(ws: Workspace, name: string, rounds: number): ChildProcess {
  const args = [join(import.meta.dirname, "state-writer.ts"), ws.root, idOf(name), String(rounds)];
  const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "sluice-test-compile-cache") };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "ignore", "inherit"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

async function succeeded(child: ChildProcess): Promise<void> {
  const [code, signal] = await once(child, "exit");
  expect({ code, signal }).toEqual({ code: 0, signal: null });
}
