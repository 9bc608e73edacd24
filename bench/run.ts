import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BenchWorkspace, benchWorkspace, LIMIT_TABLE } from "./bench-workspace.ts";
import { COLUMNS, type DataSet, makeDataSet } from "./data-set.ts";
import { type Measured, measure, type Spread, spread } from "./measured-process.ts";

/**
 * Times Sluice against the limit on the same server and the same rows, in interleaved pairs of whole processes, and
 * prints the ratios limit ÷ Sluice. Options: --rows, --pairs, --big (rows of the memory check; 0 leaves it out).
 */
const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1000000" },
    pairs: { type: "string", default: "7" },
    big: { type: "string", default: "10000000" },
    folder: { type: "string", default: join(import.meta.dirname, "..", ".sluice", "bench") },
    json: { type: "string" },
  },
});
const ROOT = join(import.meta.dirname, "..");
const SLUICE = join(ROOT, "bin", "sluice");

interface Row {
  measure: string;
  unit: string;
  figures: Spread;
  wanted: string;
}

const rows = Number(values.rows);
const pairs = Number(values.pairs);
const big = Number(values.big);
const set = await makeDataSet(values.folder, rows);
const bigSet = big > 0 ? await makeDataSet(values.folder, big) : undefined;
await measure(SLUICE, ["--version"], ROOT);
await using ws = await benchWorkspace(values.folder, bigSet === undefined ? [set] : [set, bigSet]);
const results: Row[] = [
  ...(await loads(ws, set)),
  ...(bigSet === undefined ? [] : await memory(ws, bigSet)),
  ...(await starts(ws)),
];
print(results);
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(results, null, 2));

/** CSV and NDJSON by append into a new table, types inferred, each paired with a COPY of the same rows. */
async function loads(ws: BenchWorkspace, { rows, copy }: DataSet): Promise<Row[]> {
  const found: Row[] = [];
  for (const format of ["csv", "ndjson"]) {
    const ratios: number[] = [];
    const peaks: number[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const limit = await timeLimit(ws, copy);
      const load = await timeLoad(ws, `${format}_${rows}`);
      ratios.push(limit.wall_ms / load.wall_ms);
      peaks.push(load.peak_mb);
      process.stderr.write(`${format} pair ${pair + 1}/${pairs}: limit ${ms(limit)}, load ${ms(load)}\n`);
    }
    const name = `${format} append, ${rows} rows × ${COLUMNS.length}`;
    found.push({ measure: `${name}: speed of COPY`, unit: "×", figures: spread(ratios), wanted: "≥ 0.70" });
    found.push({ measure: `${name}: resident memory`, unit: "MB", figures: spread(peaks), wanted: "≤ 200" });
  }
  return found;
}

async function memory(ws: BenchWorkspace, { rows }: DataSet): Promise<Row[]> {
  const found: Row[] = [];
  for (const format of ["csv", "ndjson"]) {
    const { peak_mb } = await timeLoad(ws, `${format}_${rows}`);
    const figures = spread([peak_mb]);
    found.push({ measure: `${format} append, ${rows} rows: resident memory`, unit: "MB", figures, wanted: "≤ 200" });
  }
  return found;
}

async function starts(ws: BenchWorkspace): Promise<Row[]> {
  const repeat = async (args: string[], before = async () => {}) => {
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      await before();
      const { wall_ms } = await measure(SLUICE, args, ws.root);
      if (i > 0) times.push(wall_ms);
    }
    return spread(times);
  };
  const forget = () => forgetLoads(ws, "one");
  return [
    { measure: "--version", unit: "ms", figures: await repeat(["--version"]), wanted: "≤ 80" },
    {
      measure: "connections list --json",
      unit: "ms",
      figures: await repeat(["connections", "list", "--json"]),
      wanted: "≤ 150",
    },
    {
      measure: "headless run of a 1-row file",
      unit: "ms",
      figures: await repeat(["headless", "one"], forget),
      wanted: "≤ 500",
    },
  ];
}

async function timeLimit(ws: BenchWorkspace, file: string): Promise<Measured> {
  await ws.query(`drop table if exists bench_limit; ${LIMIT_TABLE}; checkpoint`);
  const columns = JSON.stringify(COLUMNS.map(([name]) => name));
  const script = join(import.meta.dirname, "copy-limit.ts");
  const measured = await measure(
    process.execPath,
    [script, JSON.stringify(ws.address), "bench_limit", columns, file],
    ROOT,
  );
  await ws.query("drop table bench_limit");
  return measured;
}

/** Every load starts from nothing: no table, no state. */
async function timeLoad(ws: BenchWorkspace, connection: string): Promise<Measured> {
  await forgetLoads(ws, connection);
  const measured = await measure(SLUICE, ["headless", connection], ws.root);
  await assertComplete(ws, connection);
  return measured;
}

async function forgetLoads(ws: BenchWorkspace, connection: string): Promise<void> {
  await ws.query(`drop schema if exists "${connection}" cascade`);
  const [known] = await ws.query("select to_regclass('_sluice.state') is not null as there");
  if (known?.["there"] === true) await ws.query("truncate _sluice.state, _sluice.tables");
  await ws.query("checkpoint");
}

/** A fast load that lost rows would be no load: the sum over a column is compared with what was generated. */
async function assertComplete(ws: BenchWorkspace, connection: string): Promise<void> {
  const rows = Number(connection.split("_")[1]);
  const [found] = await ws.query(`select count(*)::int8 as n, sum(id)::int8 as sum from "${connection}".rows`);
  if (Number(found?.["n"]) === rows && Number(found?.["sum"]) === (rows * (rows + 1)) / 2) return;
  throw new Error(`${connection} holds ${JSON.stringify(found)} after loading ${rows} rows`);
}

function print(results: readonly Row[]): void {
  const shown = results.map(({ measure: what, unit, figures, wanted }) => {
    const digits = unit === "×" ? 2 : 0;
    const [min, median, max] = [figures.min, figures.median, figures.max].map((value) => value.toFixed(digits));
    return { measure: what, unit, min, median, max, wanted };
  });
  console.table(shown);
}

function ms({ wall_ms, peak_mb }: Measured): string {
  return `${Math.round(wall_ms)} ms, ${Math.round(peak_mb)} MB`;
}
