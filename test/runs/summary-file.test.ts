import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { assertSummaryWritable, readSummary, writeSummary } from "../../src/runs/summary-file.ts";
import { runFolder, summaryOf } from "./run-folder.ts";

const START = Date.UTC(2026, 10, 20, 10, 0, 0, 123);

test("a summary is named after its connection and the millisecond of its start", async () => {
  await using folder = await runFolder();
  const path = await writeSummary(folder.runs, summaryOf("orders", START));
  expect(path).toBe(join(folder.runs, "2026-11-20", "orders_20261120T100000123Z.json"));
  expect(await readSummary(path)).toEqual({ ...summaryOf("orders", START), run_id: expect.any(String) });
});

test("a summary is never overwritten, also when many runs start in one millisecond", async () => {
  await using folder = await runFolder();
  const summaries = Array.from({ length: 20 }, (_, attempts) => summaryOf("orders", START, { attempts }));
  const paths = await Promise.all(summaries.map((summary) => writeSummary(folder.runs, summary)));
  expect(new Set(paths).size).toBe(20);
  const stored = await Promise.all(paths.map(async (path) => (await readSummary(path)).run_id));
  expect(stored).toEqual(summaries.map((summary) => summary.run_id));
});

test("nothing but the summary stays in its folder", async () => {
  await using folder = await runFolder();
  await assertSummaryWritable(folder.runs, "orders", START);
  await writeSummary(folder.runs, summaryOf("orders", START));
  expect(await readdir(join(folder.runs, "2026-11-20"))).toEqual(["orders_20261120T100000123Z.json"]);
});

test("a folder that cannot hold a summary is found before and when writing", async () => {
  await using folder = await runFolder();
  await mkdir(folder.runs);
  await writeFile(join(folder.runs, "2026-11-20"), "a file stands where the day's folder should");
  const refusal = { code: "artifacts_unwritable", message: expect.stringContaining("2026-11-20") };
  await expect(assertSummaryWritable(folder.runs, "orders", START)).rejects.toMatchObject(refusal);
  await expect(writeSummary(folder.runs, summaryOf("orders", START))).rejects.toMatchObject(refusal);
});

test("a file that is no summary is refused by name", async () => {
  await using folder = await runFolder();
  const path = await writeSummary(folder.runs, summaryOf("orders", START));
  await writeFile(path, (await readFile(path, "utf8")).replace('"success"', '"splendid"'));
  await expect(readSummary(path)).rejects.toMatchObject({
    code: "run_unknown",
    message: expect.stringContaining(path),
  });
});
