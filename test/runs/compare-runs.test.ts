import { expect, test } from "vitest";
import { compareRuns } from "../../src/runs/compare-runs.ts";
import type { RunSummary, StreamStats } from "../../src/runs/summary-file.ts";

const STATS: StreamStats = {
  ...{ table: "shop.orders", mode: "merge", outcome: "success", rows_read: 100, rows_written: 80, inserted: 50 },
  ...{ updated: 30, unchanged: 20, deleted: 0, rejected: 0, bytes: 5000, duration_ms: 1000 },
  ...{ continued_from: null, continued_at: null, error: null },
};

function summary(changes: Partial<RunSummary>): RunSummary {
  return {
    ...{ v: 1, run_id: "019aa4d0-0000-7000-8000-000000000001", connection: "shop", type: "files", status: "success" },
    ...{ exit_code: 0, trigger: "cli", started_at: "2026-11-20T10:00:00.000Z", attempts: 1, error: null, report: "" },
    ...{ finished_at: "2026-11-20T10:00:02.000Z", duration_ms: 2000, warnings: [], state: null, state_before: null },
    ...{ stats: {}, progress_counts: {}, schema_changes: [], events_path: null, destination: null, version: "1.0.0" },
    ...changes,
  };
}

test("streams of both runs stand side by side, with what the second has more", () => {
  const first = summary({ stats: { orders: STATS, lines: STATS } });
  const second = summary({
    stats: { orders: { ...STATS, rows_read: 70, outcome: "cancelled" }, notes: { ...STATS, rejected: 3 } },
    duration_ms: 2500,
  });
  const { streams, totals } = compareRuns(first, second);
  expect(streams.map(({ stream, outcomes }) => [stream, outcomes])).toEqual([
    ["orders", ["success", "cancelled"]],
    ["notes", [null, "success"]],
    ["lines", ["success", null]],
  ]);
  expect(streams[0]?.change).toMatchObject({ rows_read: -30, rows_written: 0 });
  expect(streams[1]).toMatchObject({ first: null, change: { rejected: 3 } });
  expect(totals.change).toMatchObject({ rows_read: -30, rejected: 3, duration_ms: 500 });
});

test("of states and warnings only the differences are told", () => {
  const state = (streams: Record<string, { cursor: string }>) => ({
    ...{ version: 1 as const, revision: 1, destination_id: null, global: {}, streams },
  });
  const first = summary({
    state: state({ orders: { cursor: "a" }, lines: { cursor: "x" } }),
    warnings: ["old", "both"],
  });
  const second = summary({
    state: state({ orders: { cursor: "b" }, lines: { cursor: "x" } }),
    warnings: ["both", "new"],
  });
  const { state: moved, warnings } = compareRuns(first, second);
  expect(moved).toEqual([{ stream: "orders", first: "a", second: "b" }]);
  expect(warnings).toEqual({ first: ["old"], second: ["new"] });
});
