import { join } from "node:path";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { type BenchWorkspace, ROOT } from "../bench-workspace.ts";
import { assertSameRows } from "../checksums.ts";
import { type Measured, spread } from "../measured-process.ts";
import { type Contest, runPairs } from "../pairs.ts";
import type { Figure } from "../report.ts";
import { connectionTo, makeSource, secretsOf } from "../source-database.ts";
import {
  ADDED_COLUMNS,
  MANY_ORDERS,
  makeTableSql,
  namesOf,
  ORDERS,
  OTHER_SHAPES,
  type TableShape,
} from "../table-shapes.ts";
import { type BenchSettings, isWanted } from "./suite.ts";

/** How a load meets its table, which connection does it, and how fast and small it ought to be. */
const WAYS = {
  "append, new table": { connection: "db_append", wanted: { ratio: 0.95, mb: 120 } },
  "append, table that is there": { connection: "db_append", wanted: { ratio: 0.95, mb: 120 } },
  "replace, swap": { connection: "db_swap", wanted: { ratio: 0.8, mb: 120 } },
} as const;
type Way = keyof typeof WAYS;
/** What the light form usually measures, by processor time: the start of a load is a good part of that. */
const LIGHT_USUAL = { ratio: 0.88, mb: 96 };

/** Where the start hardly counts, two ranges at once ought to be faster than the one pipe. */
const WANTED_OF_MANY_ROWS = { ratio: 1, mb: 120 };

/** Tables from one database of the server into another, each paired with a bare binary COPY pipe. */
export async function benchDatabases(ws: BenchWorkspace, settings: BenchSettings): Promise<Figure[]> {
  if (settings.light) return benchShape(ws, settings, { shape: ORDERS, ways: IN_PLACE, wanted: LIGHT_USUAL });
  const ways = ALL_WAYS.filter((way) => way.startsWith("append"));
  const contests: ShapeContest[] = [
    { shape: ORDERS, ways: ALL_WAYS },
    ...OTHER_SHAPES.map((shape) => ({ shape, ways })),
    { shape: MANY_ORDERS, ways: IN_PLACE, wanted: WANTED_OF_MANY_ROWS, name: "two ranges beside one pipe" },
  ];
  const found: Figure[] = [];
  for (const contest of contests) {
    if (isWanted(settings, contest.shape.table)) found.push(...(await benchShape(ws, settings, contest)));
  }
  return found;
}

const ALL_WAYS = Object.keys(WAYS) as Way[];
const IN_PLACE: readonly Way[] = ["append, table that is there"];

interface ShapeContest {
  shape: TableShape;
  ways: readonly Way[];
  /** In place of what is wanted of the way. */
  wanted?: Contest["wanted"];
  /** Begins the name of its figures. */
  name?: string;
}

async function benchShape(
  ws: BenchWorkspace,
  { scale, pairs, by }: BenchSettings,
  { shape, ways, wanted, name = "postgres" }: ShapeContest,
): Promise<Figure[]> {
  const rows = Math.round(shape.rows * scale);
  const source = await makeSource(ws, [makeTableSql(shape, rows)]);
  const stream = (mode: string) => ({ [`public.${shape.table}`]: { selected: true, mode } });
  const connections = [
    connectionTo(source, "db_append", stream("append")),
    connectionTo(source, "db_swap", stream("replace")),
  ];
  await ws.use(connections, secretsOf(["db_append", "db_swap"], source));
  const found: Figure[] = [];
  for (const way of ways) {
    const { connection } = WAYS[way];
    await ws.forget(connection);
    if (way !== "append, new table") await ws.run(connection);
    const contest = {
      ...{ name: `${name} ${way}, ${shape.table}, ${rows} rows × ${shape.columns.length}`, pairs, by },
      wanted: wanted ?? WAYS[way].wanted,
      limit: () => timeLimit(ws, source, shape),
      load: () => timeLoad(ws, way, shape),
      compare: () => assertSameRows(ws, ["bench_limit", `${connection}.${shape.table}`], namesOf(shape)),
    };
    found.push(...(await runPairs(contest)));
  }
  if (shape === ORDERS && by === "wall_ms") found.push(await timeTwoPipes(ws, source, { rows, pairs }));
  await ws.query("drop table bench_limit");
  return found;
}

/** What two connections could gain on this machine, where source and destination share it: two bare pipes of half each. */
async function timeTwoPipes(
  ws: BenchWorkspace,
  source: PostgresAddress,
  { rows, pairs }: { rows: number; pairs: number },
): Promise<Figure> {
  const half = Math.floor(rows / 2);
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const one = await timeLimit(ws, source, ORDERS);
    await makeLimitTable(ws, ORDERS);
    const startedAt = performance.now();
    await Promise.all([`id <= ${half}`, `id > ${half}`].map((where) => pipe(ws, source, ORDERS, ` where ${where}`)));
    ratios.push(one.wall_ms / (performance.now() - startedAt));
  }
  const measure = `two bare pipes at once, ${rows / 2} rows each: speed of one`;
  return { measure, unit: "×", figures: spread(ratios) };
}

async function timeLimit(ws: BenchWorkspace, source: PostgresAddress, shape: TableShape): Promise<Measured> {
  await makeLimitTable(ws, shape);
  return pipe(ws, source, shape, "");
}

async function makeLimitTable(ws: BenchWorkspace, shape: TableShape): Promise<void> {
  const columns = shape.columns.map(([name, type]) => `${name} ${type}`).join(", ");
  await ws.query(
    `drop table if exists bench_limit; create table bench_limit (${columns}, ${ADDED_COLUMNS}); checkpoint`,
  );
}

function pipe(ws: BenchWorkspace, source: PostgresAddress, shape: TableShape, where: string): Promise<Measured> {
  const list = namesOf(shape).join(", ");
  const what = [`select ${list} from ${shape.table}${where}`, `bench_limit (${list})`];
  const script = join(ROOT, "bench", "limits", "pipe-limit.ts");
  return ws.script(script, [JSON.stringify(source), JSON.stringify(ws.address), ...what]);
}

async function timeLoad(ws: BenchWorkspace, way: Way, { table }: TableShape): Promise<Measured> {
  const { connection } = WAYS[way];
  if (way === "append, new table") await ws.forget(connection);
  else if (way === "append, table that is there") await ws.empty(connection, table);
  else await ws.query("checkpoint");
  return ws.run(connection);
}
