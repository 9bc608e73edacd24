import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { uuidv7 } from "../../src/core/ids.ts";
import { logPath } from "../../src/runs/artifact-names.ts";
import { pruneRuns } from "../../src/runs/retention.ts";
import { findRun, listRuns } from "../../src/runs/run-index.ts";
import { writeSummary } from "../../src/runs/summary-file.ts";
import { eventLine, FINISH, runFolder, summaryOf } from "./run-folder.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 10, 20, 10);

async function writeLog(folder: string, connection: string, at: number, lines: string[], id = uuidv7(at)) {
  const path = logPath(folder, { connection, run_id: id, started_at: at });
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, lines.map((line) => `${line}\n`).join(""));
  return { path, id };
}

test("runs are listed newest first, over several days, and only as many as asked for", async () => {
  await using folder = await runFolder();
  for (const age of [3, 1, 2, 0]) await writeSummary(folder.runs, summaryOf("orders", START - age * DAY_MS));
  const all = await listRuns(folder.runs, folder.run_logs);
  expect(all.map((run) => run.started_at.slice(8, 10))).toEqual(["20", "19", "18", "17"]);
  expect(await listRuns(folder.runs, folder.run_logs, { limit: 2 })).toEqual(all.slice(0, 2));
  expect(all[0]).toMatchObject({ status: "success", rows_written: 10, attempts: 1 });
});

test("a log and its summary are one run, also when the summary's millisecond was taken", async () => {
  await using folder = await runFolder();
  const first = summaryOf("orders", START);
  const second = summaryOf("orders", START);
  for (const { run_id } of [first, second]) {
    await writeLog(folder.run_logs, "orders", START, [eventLine(1, "run.finish", FINISH)], run_id);
  }
  await writeSummary(folder.runs, first);
  await writeSummary(folder.runs, second);
  const runs = await listRuns(folder.runs, folder.run_logs);
  expect(runs.map((run) => run.run_id).sort()).toEqual([first.run_id, second.run_id].sort());
  expect(runs.every((run) => run.status === "success")).toBe(true);
});

test("a log without run.finish is interrupted, or running while somebody runs it", async () => {
  await using folder = await runFolder();
  await writeLog(folder.run_logs, "orders", START, [eventLine(1, "run.start", { trigger: "schedule" }), '{"v":1,"ki']);
  const [dead] = await listRuns(folder.runs, folder.run_logs);
  expect(dead).toMatchObject({ status: "interrupted", trigger: "schedule", summary_path: null });
  const [live] = await listRuns(folder.runs, folder.run_logs, { isLive: () => true });
  expect(live?.status).toBe("running");
  expect(await listRuns(folder.runs, folder.run_logs, { status: "interrupted" })).toHaveLength(1);
  expect(await listRuns(folder.runs, folder.run_logs, { status: "success" })).toEqual([]);
});

test("an empty log is a run that died", async () => {
  await using folder = await runFolder();
  const { id } = await writeLog(folder.run_logs, "orders", START, []);
  expect(await listRuns(folder.runs, folder.run_logs)).toMatchObject([
    { run_id: id, status: "interrupted", started_at: "2026-11-20T10:00:00.000Z", type: null },
  ]);
});

test("a log whose summary is missing says how its run ended, however long the log is", async () => {
  await using folder = await runFolder();
  const filling = Array.from({ length: 3000 }, (_, i) => eventLine(i + 2, "runtime.event", { text: "x".repeat(90) }));
  await writeLog(folder.run_logs, "orders", START, [
    eventLine(1, "run.start", { trigger: "cli" }),
    ...filling,
    eventLine(9999, "run.finish", FINISH),
  ]);
  expect(await listRuns(folder.runs, folder.run_logs)).toMatchObject([
    { status: "failed", attempts: 2, rows_written: 7, trigger: "cli" },
  ]);
});

test("runs of one connection are told from those of another whose name begins alike", async () => {
  await using folder = await runFolder();
  await writeSummary(folder.runs, summaryOf("orders", START));
  await writeSummary(folder.runs, summaryOf("orders_eu", START));
  await writeLog(folder.run_logs, "orders_eu_2", START, []);
  const runs = await listRuns(folder.runs, folder.run_logs, { connection: "orders" });
  expect(runs.map((run) => run.connection)).toEqual(["orders"]);
});

test("folders that do not exist, and files of others in them, hold no runs", async () => {
  await using folder = await runFolder();
  expect(await listRuns(folder.runs, folder.run_logs)).toEqual([]);
  await mkdir(join(folder.runs, "2026-11-20"), { recursive: true });
  await writeFile(join(folder.runs, "2026-11-20", "notes.txt"), "mine");
  await writeFile(join(folder.runs, "2026-11-20", "orders_20261120T100000000Z.json"), "{ damaged");
  expect(await listRuns(folder.runs, folder.run_logs)).toEqual([]);
});

test("a run is found by its id, by the beginning of it, and as the latest", async () => {
  await using folder = await runFolder();
  const older = await writeLog(folder.run_logs, "orders", START - DAY_MS, []);
  const newer = summaryOf("customers", START);
  await writeSummary(folder.runs, newer);
  const find = (wanted: string) => findRun(folder.runs, folder.run_logs, wanted).then((run) => run.run_id);
  expect(await find(older.id)).toBe(older.id);
  expect(await find(older.id.slice(0, 14).toUpperCase())).toBe(older.id);
  expect(await find(newer.run_id.slice(0, 20))).toBe(newer.run_id);
  expect(await find("latest")).toBe(newer.run_id);
});

test("an id that no run has, and one that several begin with, are refused", async () => {
  await using folder = await runFolder();
  await expect(findRun(folder.runs, folder.run_logs, "latest")).rejects.toMatchObject({ code: "run_unknown" });
  await writeLog(folder.run_logs, "orders", START, []);
  await writeLog(folder.run_logs, "customers", START, []);
  const find = (wanted: string) => findRun(folder.runs, folder.run_logs, wanted);
  await expect(find("ffff")).rejects.toMatchObject({ code: "run_unknown" });
  await expect(find("0")).rejects.toMatchObject({ message: expect.stringContaining("2 runs begin with it") });
});

test("pruning deletes runs of old days and nothing else", async () => {
  await using folder = await runFolder();
  for (const age of [0, 5, 30]) {
    await writeSummary(folder.runs, summaryOf("orders", START - age * DAY_MS));
    await writeLog(folder.run_logs, "orders", START - age * DAY_MS, []);
  }
  await writeFile(join(folder.runs, "2026-10-21", "notes.txt"), "mine");
  expect(await pruneRuns(folder.runs, folder.run_logs, 7, START)).toBe(2);
  expect(await readdir(folder.run_logs)).toEqual(["2026-11-15", "2026-11-20"]);
  expect(await readdir(join(folder.runs, "2026-10-21"))).toEqual(["notes.txt"]);
});

test("the log of a run is found where the workspace has been moved to, and is none once it is gone", async () => {
  await using folder = await runFolder();
  const summary = summaryOf("orders", START);
  const { path, id } = await writeLog(
    folder.run_logs,
    "orders",
    START,
    [eventLine(1, "run.finish", FINISH)],
    summary.run_id,
  );
  await writeSummary(folder.runs, { ...summary, events_path: "/where/it/was/run_logs/orders_events.jsonl" });
  const find = (wanted: string) => findRun(folder.runs, folder.run_logs, wanted);
  expect((await find(id)).events_path).toBe(path);
  expect((await find("latest")).events_path).toBe(path);
  await rm(path);
  expect((await find(id)).events_path).toBeNull();
});
