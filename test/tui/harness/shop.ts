import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { ErrorReport } from "../../../src/core/errors.ts";
import type { EventInput } from "../../../src/core/events.ts";
import type { PostgresAddress } from "../../../src/databases/postgres/client.ts";
import { adoptState, setCursor } from "../../../src/pipelines/load/state-operations.ts";
import { lockConnection, runPurpose } from "../../../src/runner/run-lock-file.ts";
import { logPath } from "../../../src/runs/artifact-names.ts";
import type { StreamStats } from "../../../src/runs/summary-file.ts";
import type { Workspace } from "../../../src/workspace/locate.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { configWith, idOf } from "../../workspace/temporary-workspace.ts";
import { connectionEntry, NOW, pastRunId, tuiWorkspace } from "./workspace.ts";

/** Some that are shipped: a new one changes no picture. */
export const CONNECTORS = join(import.meta.dirname, "connectors");

/** Minutes before `NOW` at which the runs of the shop began. */
const LIVE_MIN = 2;
const SUCCESS_MIN = 5;
const FAILED_MIN = 65;

export const LIVE_RUN = pastRunId(LIVE_MIN);
export const SUCCESSFUL_RUN = pastRunId(SUCCESS_MIN);
export const FAILED_RUN = pastRunId(FAILED_MIN);

const TABLES = `
create schema shop;
create table shop.customers (id bigint primary key, name text not null, changed_at timestamptz);
create table shop.orders (id bigint primary key, customer_id bigint, total numeric(10,2), note text);
create table shop.visits (at timestamptz, page text);
insert into shop.customers select n, 'customer ' || n, '2026-11-01' from generate_series(1, 25) n;
insert into shop.orders values (1, 7, 12.50, 'by post'), (2, 8, 0.99, ''), (3, 7, 1234.00, null);
analyze`;

const STATE = {
  version: 1 as const,
  revision: 3,
  destination_id: "0193f0c2-7d1e-7c55-9b0e-000000000001",
  global: {},
  streams: {
    orders: { cursor: "2026-11-20T10:00:00Z" },
    lines: { cursor: { file: "lines.csv", at: { byte: 120, row: 7 } } },
  },
};

const REFUSED: ErrorReport = {
  code: "source_refused",
  stage: "read",
  recovery: "stop_stream",
  message: "reading page 3 of notes: 401 from api.example.com. The token is not valid: `sluice secrets set crm token`.",
  cause: [],
};

/** One for the tests of a file: they look at it and change nothing. */
let served: Promise<Served> | undefined;

interface Served {
  address: PostgresAddress;
  state: Awaited<ReturnType<typeof adoptState>>;
}

/**
 * A workspace in which every screen has something to show: connections in every state, a source and a destination that
 * answer, and runs that succeeded, failed and go on.
 */
export async function shop(): Promise<Workspace> {
  served ??= serve();
  const { address, state } = await served;
  const config = { ...configWith(...connections(address, { ...state })), settings: { destination: "warehouse" } };
  const workspace = await tuiWorkspace({
    runs: [
      {
        connection: "orders",
        ago_min: SUCCESS_MIN,
        status: "success",
        rows: 1_234_567,
        stats: { orders: stats(1_234_567) },
      },
      { connection: "crm", ago_min: FAILED_MIN, status: "failed", error: { ...REFUSED }, stats: failedStats() },
      { connection: "customers", ago_min: 2_000, status: "partial", rows: 12, stats: { customers: stats(12) } },
    ],
    files: {
      "config.json": config,
      ".dlt/secrets.toml": secretsToml(address),
      "orders.csv": "id,title\n1,one\n",
    },
  });
  await writeLog(workspace, "crm", FAILED_MIN, failedEvents());
  await writeLog(workspace, "visits", LIVE_MIN, liveEvents());
  const lock = await lockConnection(workspace, { id: idOf("visits"), name: "visits" }, runPurpose(LIVE_RUN));
  onTestFinished(() => lock.release());
  return workspace;
}

async function serve(): Promise<Served> {
  const { address, client } = await freshDatabase();
  await client.query(TABLES);
  await setCursor(address, idOf("orders"), "orders", "");
  return { address, state: await adoptState(address, idOf("orders"), STATE) };
}

function connections({ host, port, database, username }: PostgresAddress, state: object) {
  const source = { host, port, database, username, tables: ["shop.*"] };
  const api = {
    base_url: "https://api.example.com",
    streams: { deals: { path: "/deals" }, notes: { path: "/notes" } },
  };
  return [
    connectionEntry("orders", { state: state as never }),
    connectionEntry("crm", { type: "rest_api", schema: { options: { ...api, auth: { type: "bearer" } } } }),
    connectionEntry("customers"),
    { name: "broken", type: 5, schema: { options: {} }, tags: "crm" },
    connectionEntry("paused", { enabled: false }),
    connectionEntry("fresh"),
    connectionEntry("shop", { type: "postgres", schema: { options: source } }),
    connectionEntry("visits"),
  ];
}

function secretsToml(address: PostgresAddress): string {
  const { host, port, database, username, password = "" } = address;
  const lines = Object.entries({ host, port, database, username, password }).map(
    ([key, value]) => `${key} = ${JSON.stringify(value)}`,
  );
  return `[sources.shop]\npassword = ${JSON.stringify(password)}\n\n[sources.crm]\ntoken = "env:CRM_TOKEN"\n\n[destination.warehouse.credentials]\n${lines.join("\n")}\n`;
}

function stats(rows: number, more: Partial<StreamStats> = {}) {
  return {
    ...{ table: "orders.orders", mode: "append", outcome: "success" as const, rows_read: rows, rows_written: rows },
    ...{ inserted: rows, updated: 0, unchanged: 0, deleted: 0, rejected: 0, bytes: rows * 48, duration_ms: 4_100 },
    ...{ continued_from: null, error: null, ...more },
  };
}

function failedStats() {
  const failed = { outcome: "failed" as const, table: "crm.notes", error: { ...REFUSED, details: {} }, rejected: 2 };
  return { deals: stats(120, { table: "crm.deals" }), notes: stats(40, failed) };
}

function failedEvents(): Logged[] {
  const url = "https://api.example.com/notes?page=3";
  const schema = { options: {} };
  const counts = { rows_read: 120, rows_written: 120, bytes: 5_760, rows_per_s: 60 };
  return [
    started(schema),
    { kind: "attempt.start", level: "info", data: { attempt: 1, max_attempts: 1 } },
    streamStarted("deals", "crm.deals"),
    { kind: "stream.progress", level: "info", stream: "deals", data: counts },
    {
      ...{ kind: "stream.finish", level: "info", stream: "deals" },
      data: {
        ...counts,
        outcome: "success",
        inserted: 120,
        updated: 0,
        unchanged: 0,
        deleted: 0,
        rejected: 0,
        duration_ms: 2_000,
      },
    },
    streamStarted("notes", "crm.notes"),
    { kind: "http.request.start", level: "debug", stream: "notes", data: { method: "GET", url, attempt: 1 } },
    {
      ...{ kind: "http.request.error", level: "warn", stream: "notes" },
      data: { method: "GET", url, attempt: 1, status: 401, elapsed_ms: 31, error: "who are you?" },
    },
    { kind: "attempt.error", level: "error", data: { attempt: 1, max_attempts: 1, error: REFUSED } },
    { kind: "runtime.event", level: "info", message: "the source is closed", data: {} },
  ];
}

function liveEvents(): Logged[] {
  return [
    started({ options: { path: "visits.csv" } }),
    { kind: "attempt.start", level: "info", data: { attempt: 1, max_attempts: 3 } },
    streamStarted("visits", "visits.visits"),
    streamStarted("pages", "visits.pages"),
    ...[20_000, 45_000, 30_000, 60_000].map(
      (rows_per_s, at): Logged => ({
        ...{ kind: "stream.progress", level: "info", stream: "visits" },
        data: { rows_read: (at + 1) * 50_000, rows_written: at * 50_000, bytes: (at + 1) * 2_400_000, rows_per_s },
      }),
    ),
    {
      ...{ kind: "stream.finish", level: "info", stream: "pages" },
      data: {
        ...{ rows_read: 300, rows_written: 300, bytes: 12_000, rows_per_s: 900, outcome: "success", inserted: 298 },
        ...{ updated: 0, unchanged: 0, deleted: 0, rejected: 2, duration_ms: 350 },
      },
    },
    { kind: "runtime.event", level: "warn", message: "two pages have no address", data: {} },
  ];
}

type Logged = EventInput;

function started(schema: object): Logged {
  const mode = { full_refresh: false, streams: [], dry_run: false };
  return {
    kind: "run.start",
    level: "info",
    data: { schema: schema as never, mode, retries: 0, trigger: "cli", version: "0.0.0-test" },
  };
}

function streamStarted(stream: string, table: string): Logged {
  return { kind: "stream.start", level: "info", stream, data: { mode: "append", table, cursor: null, lane: "values" } };
}

async function writeLog(workspace: Workspace, connection: string, ago_min: number, events: Logged[]): Promise<void> {
  const started_at = NOW - ago_min * 60_000;
  const path = logPath(workspace.paths.run_logs, { connection, run_id: pastRunId(ago_min), started_at });
  await mkdir(dirname(path), { recursive: true });
  const lines = events.map((event, at) =>
    JSON.stringify({
      ...{ v: 1, ts: new Date(started_at + at * 250).toISOString(), seq: at + 1, run_id: pastRunId(ago_min) },
      ...{ connection, type: "files", level: "info", ...event },
    }),
  );
  await writeFile(path, `${lines.join("\n")}\n`);
}
