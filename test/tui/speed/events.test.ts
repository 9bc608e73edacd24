import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LogLines } from "../../../src/runs/log-lines.ts";
import { lineTest } from "../../../src/tui/screens/log/log-query.ts";
import { followRun } from "../../../src/tui/state/live-store.ts";

const RUN_ID = "019aa4d0-0000-7000-8000-000000000001";
const EVENTS = 50_000;
/** Of processor time for all of them: they take about a tenth of this. */
const MOST_MS = 5_000;
const LIMIT_MS = 120_000;

async function longLog(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-speed-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "events.jsonl");
  const lines = Array.from({ length: EVENTS }, (_, at) => {
    const common = {
      v: 1,
      ts: "2026-11-20T10:00:00.000Z",
      seq: at + 1,
      run_id: RUN_ID,
      connection: "shop",
      type: "files",
    };
    const flow = { rows_read: at, rows_written: at, bytes: at, rows_per_s: 9 };
    const level = at % 1_000 === 999 ? "error" : "info";
    return JSON.stringify({ ...common, kind: "stream.progress", level, stream: `stream_${at % 4}`, data: flow });
  });
  await writeFile(path, `${lines.join("\n")}\n`);
  return path;
}

async function costOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

test("a live run of many events costs little, and is drawn at most ten times a second", {
  timeout: LIMIT_MS,
}, async () => {
  const events_path = await longLog();
  let published = 0;
  const startedAt = performance.now();
  const cost = await costOf(async () => {
    const run = followRun({ run_id: RUN_ID, events_path, isLive: async () => false, onFailure: () => {} });
    run.subscribe(() => (published += 1));
    await expect.poll(() => run.get().status, { timeout: LIMIT_MS }).toBe("dead");
    expect(run.get()).toMatchObject({ events: EVENTS, last_seq: EVENTS });
    expect(run.get().streams.reduce((sum, { errors }) => sum + errors, 0)).toBe(EVENTS / 1_000);
  });
  // One at once, one at the end, and one for each pause in between.
  expect(published).toBeLessThanOrEqual((performance.now() - startedAt) / 100 + 2);
  expect(cost).toBeLessThan(MOST_MS);
});

test("a long log is looked through, and filtered, at little cost", { timeout: LIMIT_MS }, async () => {
  const path = await longLog();
  for (const [filter, found] of [
    ["", EVENTS],
    ["level:error", EVENTS / 1_000],
  ] as const) {
    const cost = await costOf(async () => {
      const lines = await LogLines.open(path, lineTest(filter));
      await lines.scan(new AbortController().signal, () => {});
      expect(lines.count).toBe(found);
      await lines.close();
    });
    expect(cost).toBeLessThan(MOST_MS);
  }
});
