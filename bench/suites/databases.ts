import { join } from "node:path";
import { connectPostgres, type PostgresAddress } from "../../src/databases/postgres/client.ts";
import { type BenchConnection, type BenchWorkspace, ROOT } from "../bench-workspace.ts";
import { COLUMNS } from "../data-set.ts";
import { type Measured, measure, spread } from "../measured-process.ts";
import { runPairs } from "../pairs.ts";
import type { Figure } from "../report.ts";
import type { BenchSettings } from "./suite.ts";

const SOURCE = "bench_source";
const SMALL_TABLES = 5;
const TIMES = 10;
const COLUMN_LIST = COLUMNS.map(([name]) => name).join(", ");
/** The two columns that Sluice adds, so that both fill identical tables; for the limit as cheaply as can be. */
const METADATA =
  "_sluice_loaded_at timestamptz default now(), _sluice_run_id uuid default '019aa4d0-0000-7000-8000-000000000001'::uuid";

/** Tables from one database of the server into another, each paired with a bare COPY pipe; and runs with nothing to do. */
export async function benchDatabases(ws: BenchWorkspace, { rows, pairs }: BenchSettings): Promise<Figure[]> {
  const source = { ...ws.address, database: SOURCE };
  await fillSource(ws, source, rows);
  const copied = (name: string, mode: string) =>
    connectionOf(name, source, { "public.orders": { selected: true, mode } });
  const small = Object.fromEntries(
    smallTables().map((table) => [`public.${table}`, { ...INCREMENTAL, selected: true }]),
  );
  const connections = [
    copied("db_append", "append"),
    copied("db_swap", "replace"),
    connectionOf("db_idle", source, small),
  ];
  await ws.use(connections, connections.map(({ name }) => secretOf(name, source)).join(""));
  const limit = () => timeLimit(ws, source);
  const settings = { pairs, limit };
  const name = (how: string) => `postgres ${how}, ${rows} rows × ${COLUMNS.length}`;
  const load = (connection: string, fresh: boolean) => () => timeLoad(ws, connection, { fresh, rows });
  return [
    ...(await runPairs({
      ...settings,
      name: name("append, new table"),
      load: load("db_append", true),
      wanted: wanted(0.9),
    })),
    ...(await runPairs({
      ...settings,
      name: name("replace, swap"),
      load: load("db_swap", false),
      wanted: wanted(0.8),
    })),
    ...(await timeIdle(ws)),
  ];
}

const INCREMENTAL = { mode: "merge", primary_key: ["id"], cursor_field: "id" };

function wanted(ratio: number) {
  return { ratio, mb: 120 };
}

function smallTables(): string[] {
  return Array.from({ length: SMALL_TABLES }, (_, i) => `small_${i + 1}`);
}

function connectionOf(name: string, source: PostgresAddress, streams: Record<string, unknown>): BenchConnection {
  const { host, port, database, username } = source;
  return { name, type: "postgres", schema: { options: { host, port, database, username }, streams } };
}

function secretOf(name: string, { password = "" }: PostgresAddress): string {
  return `[sources.${name}]\npassword = ${JSON.stringify(password)}\n`;
}

async function fillSource(ws: BenchWorkspace, source: PostgresAddress, rows: number): Promise<void> {
  await ws.query(`drop database if exists ${SOURCE} with (force)`);
  await ws.query(`create database ${SOURCE}`);
  const client = await connectPostgres(source, { application_name: "bench" });
  const columns = COLUMNS.map(([name, type]) => `${name} ${type}`).join(", ");
  await client.query(`create table orders (${columns}); alter table orders add primary key (id)`);
  await client.query(`insert into orders select i, 'Ada ' || i, 'ada.' || i || '@example.com', (i * 7919 % 10000000) / 100.0, i % 100,
    i % 10 < 7, timestamptz '2020-01-01' + (i * 7919 % 172800000) * interval '1 second', date '2020-01-01' + (i % 2000)::int,
    nullif(repeat('paid by transfer ', (i % 3)::int), ''), 'SKU-' || to_hex(i * 7919 % 1000000) from generate_series(1, ${rows}::int8) i`);
  for (const table of smallTables())
    await client.query(
      `create table ${table} as select * from orders limit 1000; alter table ${table} add primary key (id)`,
    );
  await client.query("vacuum analyze");
  await client.end();
}

async function timeLimit(ws: BenchWorkspace, source: PostgresAddress): Promise<Measured> {
  const columns = COLUMNS.map(([name, type]) => `${name} ${type}`).join(", ");
  await ws.query(`drop table if exists bench_limit; create table bench_limit (${columns}, ${METADATA}); checkpoint`);
  const script = join(ROOT, "bench", "limits", "pipe-limit.ts");
  const args = [
    JSON.stringify(source),
    JSON.stringify(ws.address),
    `select ${COLUMN_LIST} from orders`,
    `bench_limit (${COLUMN_LIST})`,
  ];
  const measured = await measure(process.execPath, [script, ...args], ROOT);
  await ws.query("drop table bench_limit");
  return measured;
}

interface LoadSettings {
  /** Start without a table; else the table of the last load is there. */
  fresh: boolean;
  rows: number;
}

async function timeLoad(ws: BenchWorkspace, connection: string, { fresh, rows }: LoadSettings): Promise<Measured> {
  if (fresh) await ws.forget(connection);
  else await ws.query("checkpoint");
  const measured = await ws.run(connection);
  const [found] = await ws.query(`select count(*)::int8 as n, sum(id)::int8 as sum from "${connection}".orders`);
  if (Number(found?.["n"]) === rows && Number(found?.["sum"]) === (rows * (rows + 1)) / 2) return measured;
  throw new Error(`${connection} holds ${JSON.stringify(found)} after loading ${rows} rows`);
}

/** A run in which five tables have nothing new: its own work, and the whole process beside the cheapest one. */
async function timeIdle(ws: BenchWorkspace): Promise<Figure[]> {
  await ws.forget("db_idle");
  await ws.run("db_idle");
  const works: number[] = [];
  const wholes: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const start = await ws.command(["--version"]);
    const run = await ws.run("db_idle");
    wholes.push(run.wall_ms - start.wall_ms);
    works.push(durationOf(run));
  }
  const what = `postgres, ${SMALL_TABLES} tables with nothing new`;
  return [
    { measure: `${what}: from run.start to run.finish`, unit: "ms", figures: spread(works), wanted: "≤ 300" },
    { measure: `${what}: process beyond --version`, unit: "ms", figures: spread(wholes), wanted: "-" },
  ];
}

/** As the run itself says in its last event. */
function durationOf({ stdout }: Measured): number {
  const finish = stdout.split("\n").find((line) => line.includes('"kind":"run.finish"'));
  return Number(JSON.parse(finish ?? "{}").data?.duration_ms);
}
