import { expect, test } from "vitest";
import type { JsonValue } from "../../../src/core/json.ts";
import { expectPicture, expectSaneFrame } from "../harness/picture.ts";
import { openScreen } from "../harness/screen.ts";
import { connectionEntry, fixedClock, type PastRun, pastRunId, tuiWorkspace } from "../harness/workspace.ts";

const stats = (rows: number, outcome = "success"): Record<string, JsonValue> => ({
  ...{ table: "shop.orders", mode: "merge", outcome, rows_read: rows, rows_written: rows, inserted: rows, updated: 0 },
  ...{ unchanged: 0, deleted: 0, rejected: 0, bytes: rows * 90, duration_ms: 1_200, continued_from: null, error: null },
});
const state = (cursor: string) => ({
  ...{
    version: 1,
    revision: 1,
    destination_id: null,
    global: {},
    streams: { orders: { cursor }, lines: { cursor: "7" } },
  },
});
const error = {
  ...{ code: "source_failed", stage: "read", recovery: "stop_stream", cause: [] },
  message: "reading page 3 of notes: 404 from api.example.com.",
};

const RUNS: readonly PastRun[] = [
  {
    ...{ connection: "shop", ago_min: 60, status: "success", duration_ms: 3_000 },
    stats: { orders: stats(100), lines: stats(40) },
    more: { state: state("2026-11-20T10:00"), state_before: state("2026-11-19T10:00"), warnings: ["old news"] },
  },
  {
    ...{ connection: "shop", ago_min: 5, status: "partial", error },
    stats: { orders: stats(140), lines: stats(0), notes: stats(0, "failed") },
    more: {
      ...{ state: state("2026-11-20T11:55"), state_before: state("2026-11-20T10:00"), warnings: ["the API is slow"] },
      schema_changes: [
        {
          stream: "orders",
          table: "shop.orders",
          column: "note",
          change: "add",
          from: null,
          to: "text",
          policy: "evolve",
        },
      ],
    },
  },
];

async function open(columns = 80, rows = 24) {
  const workspace = await tuiWorkspace({ connections: [connectionEntry("shop")], runs: RUNS });
  const place = { screen: "run", run_id: pastRunId(5) } as const;
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, place, columns, rows });
  await screen.shows("◐ shop: partial");
  return screen;
}

test("tab goes through what the run did: streams, state before and after, schema changes, warnings", async () => {
  const screen = await open();
  expect(screen.text()).toMatch(/\[streams 3\] +state 1 +schema changes 1 +warnings 1/);
  await screen.press("tab");
  await screen.shows(/orders +2026-11-20T10:00 +2026-11-20T11:55/);
  expect(screen.text()).not.toMatch(/^. +lines/m);
  await screen.press("tab");
  await screen.shows(/orders +note +add/);
  await screen.press("tab");
  await screen.shows("the API is slow");
  await screen.press("shift+tab", "shift+tab");
  await screen.shows("[state 1]");
});

test("a run is held against the one before", async () => {
  const screen = await open(120, 40);
  await screen.press("c");
  await screen.shows("Compare with which run of shop?");
  await screen.press("enter");
  await screen.shows(/orders +✓ → ✓ +140 +\+40/);
  expect(screen.text()).toMatch(/notes +· → ✗/);
  expectSaneFrame(screen);
  await expectPicture(screen, "compare-120x40");
  await screen.press("tab");
  await screen.shows(/orders +2026-11-20T10:00 +2026-11-20T11:55/);
  await screen.press("tab");
  await screen.shows("only the first: old news");
  await screen.press("f");
  await screen.shows("✓ shop: success");
});
