import { join } from "node:path";
import { type BenchWorkspace, ROOT } from "../bench-workspace.ts";
import { COLUMNS, type DataSet, makeDataSet } from "../data-set.ts";
import { type Measured, measure, spread } from "../measured-process.ts";
import { runPairs } from "../pairs.ts";
import type { Figure } from "../report.ts";
import type { BenchSettings } from "./suite.ts";

const FORMATS = ["csv", "ndjson"] as const;
const WANTED = { ratio: 0.7, mb: 200 };

/** CSV and NDJSON by append into a new table, types inferred, each paired with a COPY of the same rows. */
export async function benchFiles(ws: BenchWorkspace, { folder, rows, big, pairs }: BenchSettings): Promise<Figure[]> {
  const set = await makeDataSet(folder, rows);
  const bigSet = big > 0 ? await makeDataSet(folder, big) : undefined;
  const sets = bigSet === undefined ? [set] : [set, bigSet];
  await ws.use(sets.flatMap((it) => FORMATS.map((format) => connectionOf(it, format))));
  const found: Figure[] = [];
  for (const format of FORMATS) {
    const name = `${format} append, ${rows} rows × ${COLUMNS.length}`;
    const load = () => timeLoad(ws, format, rows);
    found.push(...(await runPairs({ name, pairs, wanted: WANTED, load, limit: () => timeLimit(ws, set.copy) })));
  }
  for (const format of bigSet === undefined ? [] : FORMATS) {
    const { peak_mb } = await timeLoad(ws, format, big);
    const measure = `${format} append, ${big} rows: resident memory`;
    found.push({ measure, unit: "MB", figures: spread([peak_mb]), wanted: `≤ ${WANTED.mb}` });
  }
  return found;
}

function connectionOf(set: DataSet, format: (typeof FORMATS)[number]) {
  const options = { path: set[format], stream: "rows" };
  return { name: `${format}_${set.rows}`, type: "files", schema: { options } };
}

async function timeLimit(ws: BenchWorkspace, file: string): Promise<Measured> {
  const columns = COLUMNS.map(([name, type]) => `${name} ${type}`).join(", ");
  await ws.query(`drop table if exists bench_limit; create table bench_limit (${columns}); checkpoint`);
  const script = join(ROOT, "bench", "limits", "copy-limit.ts");
  const names = JSON.stringify(COLUMNS.map(([name]) => name));
  const measured = await measure(
    process.execPath,
    [script, JSON.stringify(ws.address), "bench_limit", names, file],
    ROOT,
  );
  await ws.query("drop table bench_limit");
  return measured;
}

/** A fast load that lost rows would be no load: the sum over a column is compared with what was generated. */
async function timeLoad(ws: BenchWorkspace, format: string, rows: number): Promise<Measured> {
  const connection = `${format}_${rows}`;
  await ws.forget(connection);
  const measured = await ws.run(connection);
  const [found] = await ws.query(`select count(*)::int8 as n, sum(id)::int8 as sum from "${connection}".rows`);
  if (Number(found?.["n"]) === rows && Number(found?.["sum"]) === (rows * (rows + 1)) / 2) return measured;
  throw new Error(`${connection} holds ${JSON.stringify(found)} after loading ${rows} rows`);
}
