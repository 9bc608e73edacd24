import { existsSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { join } from "node:path";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import type { BenchConnection, BenchWorkspace } from "../bench-workspace.ts";
import { assertRows } from "../checksums.ts";
import { makeDataSet } from "../data-set.ts";
import { startHelper } from "../helper-process.ts";
import { spread } from "../measured-process.ts";
import { describeMeasured, type Figure } from "../report.ts";
import { connectionTo, makeSource, secretsOf } from "../source-database.ts";
import { makeTableSql, ORDERS } from "../table-shapes.ts";
import type { BenchSettings } from "./suite.ts";

const ROW_COUNTS = [100_000, 1_000_000, 10_000_000];
const MOST_MB = 200;
/** Of rows that are larger than all else, four at once may be held. */
const LARGEST_ROW_MB = 60;
const LARGE_ROWS = 4;
const SLOW_MB_PER_S = 20;

/** What a load holds in memory: from few rows to very many, with huge ones, and with a destination that cannot keep up. */
export async function benchMemory(ws: BenchWorkspace, settings: BenchSettings): Promise<Figure[]> {
  if (settings.light) return [];
  return [
    ...(await byRows(ws, settings)),
    ...(await withHugeRows(ws, settings)),
    ...(await withSlowServer(ws, settings)),
  ];
}

async function byRows(ws: BenchWorkspace, { folder, scale }: BenchSettings): Promise<Figure[]> {
  const found: Figure[] = [];
  for (const count of ROW_COUNTS) {
    const set = await makeDataSet(folder, Math.round(count * scale));
    for (const format of ["csv", "ndjson"] as const)
      found.push(await peakOf(ws, `${format}, ${set.rows} rows`, fileOf(set[format], set.rows)));
  }
  return found;
}

async function withHugeRows(ws: BenchWorkspace, { folder }: BenchSettings): Promise<Figure[]> {
  const at_most = MOST_MB + 4 * LARGEST_ROW_MB;
  const what = `rows of ${LARGEST_ROW_MB} MB`;
  const path = await makeHugeRows(folder);
  const bytes = LARGEST_ROW_MB * 1024 * 1024;
  const fill = `select i as id, repeat('x', ${bytes}) as body from generate_series(1, ${LARGE_ROWS}) i`;
  const source = await makeSource(ws, [`create table huge as ${fill}`]);
  return [
    await peakOf(ws, `ndjson, ${what}`, { ...fileOf(path, LARGE_ROWS), at_most }),
    await peakOf(ws, `postgres, ${what}`, { ...tableOf(source, "huge", LARGE_ROWS), at_most }),
  ];
}

/** Through a way to the destination that is slower than any source. */
async function withSlowServer(ws: BenchWorkspace, { folder, scale }: BenchSettings): Promise<Figure[]> {
  const rows = Math.round(1_000_000 * scale);
  const set = await makeDataSet(folder, rows);
  const source = await makeSource(ws, [makeTableSql(ORDERS, rows)]);
  const { port, ...login } = ws.address;
  await using proxy = await startHelper("slow-proxy.ts", [port, SLOW_MB_PER_S]);
  const lines = Object.entries({ ...login, port: proxy.port }).map(
    ([key, value]) => `${key} = ${JSON.stringify(value)}`,
  );
  const credentials = `[destination.postgres.credentials]\n${lines.join("\n")}\n`;
  const slow = `into a destination that takes ${SLOW_MB_PER_S} MB/s`;
  return [
    await peakOf(ws, `csv, ${slow}`, behind(credentials, fileOf(set.csv, rows))),
    await peakOf(ws, `postgres, ${slow}`, behind(credentials, tableOf(source, ORDERS.table, rows))),
  ];
}

/** A load whose memory is measured, and what has arrived when it is over. */
interface Load {
  connection: BenchConnection;
  secrets?: string;
  table: string;
  rows: number;
  /** In MB. */
  at_most: number;
}

async function peakOf(ws: BenchWorkspace, what: string, load: Load): Promise<Figure> {
  const { connection, secrets, table, rows, at_most } = load;
  await ws.use([connection], secrets);
  await ws.forget(connection.name);
  const measured = await ws.run(connection.name);
  process.stderr.write(`${what}: ${describeMeasured(measured)}\n`);
  await assertRows(ws, table, rows);
  return { measure: `${what}: resident memory`, unit: "MB", figures: spread([measured.peak_mb]), wanted: { at_most } };
}

function fileOf(path: string, rows: number): Load {
  const connection = { name: "load", type: "files", schema: { options: { path, stream: "rows" } } };
  return { connection, table: "load.rows", rows, at_most: MOST_MB };
}

function tableOf(source: PostgresAddress, table: string, rows: number): Load {
  const streams = { [`public.${table}`]: { selected: true, mode: "append" } };
  const connection = connectionTo(source, "load", streams);
  return { connection, secrets: secretsOf(["load"], source), table: `load.${table}`, rows, at_most: MOST_MB };
}

/** The same into the destination that the credentials lead to. */
function behind(credentials: string, { connection, secrets = "", ...load }: Load): Load {
  return { ...load, connection: { ...connection, destination: "postgres" }, secrets: `${credentials}${secrets}` };
}

async function makeHugeRows(folder: string): Promise<string> {
  const path = join(folder, `huge-${LARGEST_ROW_MB}.ndjson`);
  if (existsSync(path)) return path;
  const file = await open(`${path}.part`, "w");
  const body = "x".repeat(LARGEST_ROW_MB * 1024 * 1024);
  for (let id = 1; id <= LARGE_ROWS; id++) await file.write(`{"id":${id},"body":"${body}"}\n`);
  await file.close();
  await rename(`${path}.part`, path);
  return path;
}
