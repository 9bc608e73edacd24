import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clearLeftovers } from "../../src/runs/leftovers.ts";
import { runFolder } from "./run-folder.ts";

const SINCE = Date.UTC(2026, 10, 20, 10);

test("what runs of a connection left unfinished goes, from the day of its last run on; all else stays", async () => {
  await using folder = await runFolder();
  const kept = [
    "2026-11-19/.orders_20261119T100000123Z.json.4711-0a1b2c3d.tmp",
    "2026-11-20/orders_20261120T100000123Z.json",
    "2026-11-20/.other_orders_20261120T100000123Z.json.4711-0a1b2c3d.tmp",
    "2026-11-20/.orders_of_others_20261120T100000123Z.json.4711-0a1b2c3d.tmp",
    "2026-11-20/mine.tmp",
    "notes/.orders_20261121T100000123Z.json.4711-0a1b2c3d.tmp",
  ];
  const left = [
    "2026-11-20/.orders_20261120T100000123Z.json.4711-0a1b2c3d.tmp",
    "2026-11-21/.orders_20261121T100000123Z.json.4711-0a1b2c3d.tmp",
    "2026-11-21/orders_20261121T100000123Z.json.4711.probe",
  ];
  for (const path of [...kept, ...left]) {
    await mkdir(join(folder.runs, path, ".."), { recursive: true });
    await writeFile(join(folder.runs, path), "");
  }
  await clearLeftovers(folder.runs, "orders", SINCE);
  const files = (await readdir(folder.runs, { recursive: true })).filter((name) => name.includes("."));
  expect(files.sort()).toEqual(kept.sort());
});

test("a folder that is not there has none", async () => {
  await using folder = await runFolder();
  await clearLeftovers(join(folder.runs, "nowhere"), "orders", SINCE);
});
