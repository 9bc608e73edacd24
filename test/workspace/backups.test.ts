import { readdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { backupFile, listBackups } from "../../src/workspace/backups.ts";
import { temporaryWorkspace, textOf } from "./temporary-workspace.ts";

test("many backups in one moment all stay, in order", async () => {
  const ws = await temporaryWorkspace({ "config.json": "{}" });
  const made: string[] = [];
  for (let n = 0; n < 20; n++) {
    await writeFile(ws.paths.config, String(n));
    made.push(await backupFile(ws, ws.paths.config));
  }
  const listed = await listBackups(ws, ws.paths.config);
  expect(listed.map(({ path }) => path).reverse()).toEqual(made);
  expect(await Promise.all(made.map(textOf))).toEqual(made.map((_, n) => String(n)));
});

test("backups of one moment are listed in their order, the newest first", async () => {
  const names = ["20260101T100000000Z-002", "20260101T100000000Z", "20260101T100000000Z-010", "20260101T100000001Z"];
  const ws = await temporaryWorkspace(
    Object.fromEntries(names.map((name) => [`backups/config.json.${name}.bak`, "{}"])),
  );
  expect((await listBackups(ws, ws.paths.config)).map(({ time }) => time)).toEqual([
    ...["20260101T100000001Z", "20260101T100000000Z-010", "20260101T100000000Z-002", "20260101T100000000Z"],
  ]);
});

test("a backup can be read by whoever can read the file, and by nobody else", async () => {
  const ws = await temporaryWorkspace({ ".dlt/secrets.toml": "a = 1" });
  expect((await stat(await backupFile(ws, ws.paths.secrets))).mode & 0o777).toBe(0o600);
});

test("the newest hundred stay, and before those the last of each day", async () => {
  const ws = await temporaryWorkspace({ "config.json": "{}", "backups/config.json.orig": "not ours" });
  const old = ["20260101T100000000Z", "20260101T230000000Z", "20260102T100000000Z", "20260102T110000000Z-002"];
  const recent = Array.from({ length: 99 }, (_, n) => `20260201T${String(100000000 + n)}Z`);
  for (const time of [...old, ...recent]) await writeFile(join(ws.paths.backups, `config.json.${time}.bak`), time);
  await backupFile(ws, ws.paths.config);
  const left = (await readdir(ws.paths.backups)).sort();
  expect(left.slice(0, 3)).toEqual([
    "config.json.20260101T230000000Z.bak",
    "config.json.20260102T110000000Z-002.bak",
    "config.json.20260201T100000000Z.bak",
  ]);
  expect(left).toHaveLength(103);
  expect(left).toContain("config.json.orig");
});

test("what a process left that was killed while it wrote a backup goes with the next one", async () => {
  const unfinished = "backups/.config.json.20260101T100000000Z.bak.4711-0a1b2c3d.tmp";
  const ofOthers = "backups/.other.json.20260101T100000000Z.bak.4711-0a1b2c3d.tmp";
  const ws = await temporaryWorkspace({ "config.json": "{}", [unfinished]: "half", [ofOthers]: "half" });
  const made = await backupFile(ws, ws.paths.config);
  expect((await readdir(ws.paths.backups)).sort()).toEqual([basename(ofOthers), basename(made)]);
});
