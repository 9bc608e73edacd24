import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { logPath, summaryPath } from "../../src/runs/artifact-names.ts";

export const CONNECTIONS = 500;
export const RUNS = 10_000;
const DAYS = 90;
const DAY_MS = 86_400_000;
const STREAMS = 4;

/** A workspace with 500 connections and 10,000 past runs; made once and kept. */
export async function bigWorkspace(folder: string): Promise<string> {
  const root = join(folder, `workspace-${CONNECTIONS}-${RUNS}`);
  const isThere = await access(join(root, "config.json")).then(
    () => true,
    () => false,
  );
  if (isThere) return root;
  await rm(root, { recursive: true, force: true });
  const making = `${root}.making`;
  await rm(making, { recursive: true, force: true });
  await mkdir(join(making, ".dlt"), { recursive: true });
  const secrets = names().map((name) => `[sources.${name}]\ntoken = "secret-of-${name}"\n`);
  await writeFile(join(making, ".dlt/secrets.toml"), secrets.join("\n"), { mode: 0o600 });
  const end = Date.now();
  for (let run = 0; run < RUNS; run++) await writeRun(making, run, end - Math.floor((run * DAYS * DAY_MS) / RUNS));
  const connections = names().map(connectionOf);
  const config = { version: 1, connections, settings: { destination: "embedded" } };
  await writeFile(join(making, "config.json"), JSON.stringify(config, undefined, 2));
  await rename(making, root);
  return root;
}

function names(): string[] {
  return Array.from({ length: CONNECTIONS }, (_, at) => `connection_${String(at).padStart(3, "0")}`);
}

function connectionOf(name: string, at: number) {
  const streams = Object.fromEntries(
    Array.from({ length: STREAMS }, (_, stream) => [`stream_${stream}`, { cursor: `2026-11-${10 + stream}` }]),
  );
  return {
    ...{ id: `0193f0c2-7d1e-7c55-9b0e-${String(at).padStart(12, "0")}`, name, type: "files", enabled: true },
    schema: { options: { path: `${name}.csv` } },
    tags: [`team_${at % 7}`],
    state: { version: 1, revision: 3, destination_id: null, global: {}, streams },
  };
}

const STATUSES = ["success", "success", "success", "success", "partial", "failed"] as const;

async function writeRun(root: string, run: number, at: number): Promise<void> {
  const connection = names()[run % CONNECTIONS] ?? "connection_000";
  const hex = at.toString(16).padStart(12, "0");
  const run_id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${String(run).padStart(12, "0")}`;
  const status = STATUSES[run % STATUSES.length] ?? "success";
  const events_path = logPath(join(root, "run_logs"), { connection, run_id, started_at: at });
  const started_at = new Date(at).toISOString();
  const end = { status, attempts: 1, duration_ms: 4200, error: null };
  const common = { v: 1, run_id, connection, type: "files", level: "info", ts: started_at };
  const summary = {
    ...{ v: 1, run_id, connection, type: "files", ...end, exit_code: status === "success" ? 0 : 1, trigger: "cli" },
    ...{ started_at, finished_at: new Date(at + 4200).toISOString(), report: `${connection}: ${status}` },
    ...{ warnings: [], state: null, state_before: null, stats: {}, progress_counts: { rows: run }, schema_changes: [] },
    ...{ events_path, destination: null, version: "0.0.0-bench" },
  };
  await store(summaryPath(join(root, "runs"), connection, at), JSON.stringify(summary));
  const totals = { rows_read: run, rows_written: run, inserted: run, updated: 0, deleted: 0, rejected: 0, bytes: run };
  const lines = [
    { ...common, seq: 1, kind: "run.start", data: { schema: {}, mode: {}, retries: 0, trigger: "cli" } },
    { ...common, seq: 2, kind: "run.finish", data: { ...end, totals } },
  ];
  await store(events_path, `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
}

async function store(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}
