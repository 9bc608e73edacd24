import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchWorkspace } from "../bench-workspace.ts";
import { type Measured, spread } from "../measured-process.ts";
import type { Figure } from "../report.ts";
import { connectionTo, makeSource, secretsOf } from "../source-database.ts";
import type { BenchSettings } from "./suite.ts";

const TIMES = 10;
const SMALL_TABLES = Array.from({ length: 5 }, (_, i) => `small_${i + 1}`);
const INCREMENTAL = { mode: "merge", primary_key: ["id"], cursor_field: "id", selected: true };

/** How long small commands take, from the shell's point of view, and runs that find nothing new. */
export async function benchStarts(ws: BenchWorkspace, { light }: BenchSettings): Promise<Figure[]> {
  if (light) return [];
  const path = join(ws.root, "one.csv");
  await writeFile(path, "id,name\n1,one\n");
  await ws.use([{ name: "one", type: "files", schema: { options: { path, stream: "rows" } } }]);
  const run = async () => {
    await ws.forget("one");
    return ws.run("one");
  };
  return [
    await figureOf("--version", 80, () => ws.command(["--version"])),
    await figureOf("connections list --json", 150, () => ws.command(["connections", "list", "--json"])),
    await figureOf("headless run of a 1-row file", 500, run),
    ...(await idleTables(ws)),
    ...(await idleFiles(ws)),
  ];
}

/** The first time fills caches and does not count. */
async function figureOf(measure: string, at_most: number, work: () => Promise<Measured>): Promise<Figure> {
  const times: number[] = [];
  for (let i = 0; i <= TIMES; i++) {
    const { wall_ms } = await work();
    if (i > 0) times.push(wall_ms);
  }
  return { measure, unit: "ms", figures: spread(times), wanted: { at_most } };
}

async function idleTables(ws: BenchWorkspace): Promise<Figure[]> {
  const fill = "select i as id, 'Ada ' || i as name, now() as at from generate_series(1, 1000) i";
  const made = SMALL_TABLES.map(
    (table) => `create table ${table} as ${fill}; alter table ${table} add primary key (id)`,
  );
  const source = await makeSource(ws, made);
  const streams = Object.fromEntries(SMALL_TABLES.map((table) => [`public.${table}`, INCREMENTAL]));
  await ws.use([connectionTo(source, "db_idle", streams)], secretsOf(["db_idle"], source));
  return timeIdle(ws, "db_idle", `postgres, ${SMALL_TABLES.length} tables with nothing new`);
}

async function idleFiles(ws: BenchWorkspace): Promise<Figure[]> {
  const names = SMALL_TABLES.map((table) => `${table}.csv`);
  for (const name of names) await writeFile(join(ws.root, name), "id,name\n1,one\n");
  await ws.use([{ name: "files_idle", type: "files", schema: { options: { path: names } } }]);
  return timeIdle(ws, "files_idle", `files, ${names.length} streams with nothing new`);
}

/** A run with nothing to do: its own work, and the whole process beside the cheapest one. */
async function timeIdle(ws: BenchWorkspace, connection: string, what: string): Promise<Figure[]> {
  await ws.forget(connection);
  await ws.run(connection);
  const works: number[] = [];
  const wholes: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const start = await ws.command(["--version"]);
    const run = await ws.run(connection);
    wholes.push(run.wall_ms - start.wall_ms);
    works.push(durationOf(run));
  }
  return [
    { measure: `${what}: from run.start to run.finish`, unit: "ms", figures: spread(works) },
    { measure: `${what}: process beyond --version`, unit: "ms", figures: spread(wholes), wanted: { at_most: 300 } },
  ];
}

/** As the run itself says in its last event. */
function durationOf({ stdout }: Measured): number {
  const finish = stdout.split("\n").find((line) => line.includes('"kind":"run.finish"'));
  return Number(JSON.parse(finish ?? "{}").data?.duration_ms);
}
