import type { JsonValue } from "../../../src/core/json.ts";
import { connectionEntry, type PastRun, pastRunId, tuiWorkspace } from "./workspace.ts";

export const OLDER_RUN = pastRunId(60);
export const NEWER_RUN = pastRunId(5);

const stats = (rows: number, outcome = "success"): Record<string, JsonValue> => ({
  ...{ table: "shop.orders", mode: "merge", outcome, rows_read: rows, rows_written: rows, inserted: rows, updated: 0 },
  ...{ unchanged: 0, deleted: 0, rejected: 0, bytes: rows * 90, duration_ms: 1_200, continued_from: null, error: null },
});

const state = (orders: string, rows: number) => ({
  ...{ version: 1, revision: 1, destination_id: null, global: {} },
  streams: { orders: { cursor: orders }, lines: { cursor: { files: { "lines.csv": { rows, hash: "x" } } } } },
});

const error = {
  ...{ code: "source_failed", stage: "read", recovery: "stop_stream", cause: [] },
  message: "reading page 3 of notes: 404 from api.example.com.",
};

const RUNS: readonly PastRun[] = [
  {
    ...{ connection: "shop", ago_min: 60, status: "success", duration_ms: 3_000 },
    stats: { orders: stats(100), lines: stats(40) },
    more: {
      ...{ state: state("2026-11-20T10:00", 40), state_before: state("2026-11-19T10:00", 40) },
      warnings: ["old news"],
    },
  },
  {
    ...{ connection: "shop", ago_min: 5, status: "partial", error },
    stats: { orders: stats(140), lines: stats(2), notes: stats(0, "failed") },
    more: {
      ...{ state: state("2026-11-20T11:55", 42), state_before: state("2026-11-20T10:00", 40) },
      warnings: ["the API is slow"],
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

/** Two runs of one connection that have little in common. */
export function comparedRuns() {
  return tuiWorkspace({ connections: [connectionEntry("shop")], runs: RUNS });
}
