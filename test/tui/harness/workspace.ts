import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { JsonValue } from "../../../src/core/json.ts";
import { logPath, summaryPath } from "../../../src/runs/artifact-names.ts";
import { configWith, connectionEntry, temporaryWorkspace } from "../../workspace/temporary-workspace.ts";

/** When screens of tests are looked at. */
export const NOW = Date.parse("2026-11-20T12:00:00Z");

export const fixedClock = {
  now: () => NOW,
  sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
};

export interface PastRun {
  connection: string;
  /** Minutes before `NOW`. */
  ago_min: number;
  status: "success" | "partial" | "failed" | "cancelled";
  rows?: number;
  duration_ms?: number;
  error?: unknown;
  stats?: Record<string, unknown>;
  /** Other fields of its summary. */
  more?: Record<string, unknown>;
}

export interface WorkspaceOptions {
  connections?: readonly JsonValue[];
  runs?: readonly PastRun[];
  files?: Record<string, JsonValue>;
}

/** A workspace with these connections and past runs; resolves to its folder. */
export async function tuiWorkspace({ connections = [], runs = [], files = {} }: WorkspaceOptions = {}) {
  const workspace = await temporaryWorkspace({ "config.json": configWith(...connections), ...files });
  for (const run of runs) await writeRun(workspace.paths, run);
  return workspace;
}

export { connectionEntry };

/** The id that a past run has. */
export function pastRunId(ago_min: number): string {
  const hex = (NOW - ago_min * 60_000).toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000001`;
}

async function writeRun({ runs, run_logs }: { runs: string; run_logs: string }, run: PastRun): Promise<void> {
  const { connection, ago_min, status, rows = 0, duration_ms = 4200 } = run;
  const at = NOW - ago_min * 60_000;
  const run_id = pastRunId(ago_min);
  const events_path = logPath(run_logs, { connection, run_id, started_at: at });
  const times = { started_at: new Date(at).toISOString(), finished_at: new Date(at + duration_ms).toISOString() };
  const summary = {
    ...{ v: 1, run_id, connection, type: "files", status, exit_code: status === "success" ? 0 : 1, trigger: "cli" },
    ...{
      ...times,
      duration_ms,
      attempts: 1,
      error: run.error ?? null,
      report: `${connection}: ${status}`,
      warnings: [],
    },
    ...{ state: null, state_before: null, stats: run.stats ?? {}, progress_counts: { [connection]: rows } },
    ...{ schema_changes: [], events_path, destination: null, version: "0.0.0-test" },
    ...run.more,
  };
  const path = summaryPath(runs, connection, at);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(summary));
}
