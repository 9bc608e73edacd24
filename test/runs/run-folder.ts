import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunEvent } from "../../src/core/events.ts";
import { uuidv7 } from "../../src/core/ids.ts";
import { isoTime } from "../../src/core/time.ts";
import type { RunSummary } from "../../src/runs/summary-file.ts";

/** Folders for artifacts that are gone after the test. */
export async function runFolder(): Promise<{ runs: string; run_logs: string; root: string } & AsyncDisposable> {
  const root = await mkdtemp(join(tmpdir(), "sluice-runs-"));
  return {
    root,
    runs: join(root, "runs"),
    run_logs: join(root, "run_logs"),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** A summary as a run that loaded ten rows would leave it. */
export function summaryOf(connection: string, startedAt: number, changes: Partial<RunSummary> = {}): RunSummary {
  return {
    v: 1,
    run_id: uuidv7(startedAt),
    connection,
    type: "files",
    status: "success",
    exit_code: 0,
    trigger: "cli",
    started_at: isoTime(startedAt),
    finished_at: isoTime(startedAt + 1000),
    duration_ms: 1000,
    attempts: 1,
    error: null,
    report: "10 rows",
    warnings: [],
    state: null,
    state_before: null,
    stats: {},
    progress_counts: { orders: 10 },
    schema_changes: [],
    events_path: null,
    destination: null,
    version: "0.0.0",
    ...changes,
  };
}

/** A line of an event log. */
export function eventLine(seq: number, kind: RunEvent["kind"], data: unknown = {}, stream?: string): string {
  const envelope = { v: 1, ts: isoTime(0), seq, run_id: uuidv7(0), connection: "orders", type: "files" };
  return JSON.stringify({ ...envelope, kind, level: "info", ...(stream && { stream }), data });
}

export const FINISH = {
  status: "failed",
  attempts: 2,
  duration_ms: 5,
  totals: { rows_read: 9, rows_written: 7, inserted: 7, updated: 0, deleted: 0, rejected: 0, bytes: 1 },
  error: null,
};
