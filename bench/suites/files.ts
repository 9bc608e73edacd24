import { join } from "node:path";
import { type BenchWorkspace, ROOT } from "../bench-workspace.ts";
import { assertSameRows } from "../checksums.ts";
import { COLUMNS, type DataSet, makeDataSet } from "../data-set.ts";
import type { Measured } from "../measured-process.ts";
import { runPairs } from "../pairs.ts";
import type { Figure } from "../report.ts";
import { ADDED_COLUMNS } from "../table-shapes.ts";
import type { BenchSettings } from "./suite.ts";

const ROWS = 1_000_000;
const WANTED = { csv: { ratio: 0.85, mb: 200 }, ndjson: { ratio: 0.8, mb: 200 } } as const;
/** What the light form usually measures, by processor time: parsing and the start of a load are most of that. */
const LIGHT_USUAL = { csv: { ratio: 0.46, mb: 104 }, ndjson: { ratio: 0.42, mb: 102 } } as const;

type Format = keyof typeof WANTED;

/** CSV and NDJSON by append into a new table, types inferred, each paired with a COPY of the same rows. */
export async function benchFiles(ws: BenchWorkspace, settings: BenchSettings): Promise<Figure[]> {
  const { folder, scale, pairs, by, light } = settings;
  const set = await makeDataSet(folder, Math.round(ROWS * scale));
  const formats = Object.keys(WANTED) as Format[];
  await ws.use(formats.map((format) => connectionOf(set, format)));
  const found: Figure[] = [];
  for (const format of formats) {
    const contest = {
      ...{ name: `${format} append, ${set.rows} rows × ${COLUMNS.length}`, pairs, by },
      wanted: light ? LIGHT_USUAL[format] : WANTED[format],
      limit: () => timeLimit(ws, set.copy),
      load: () => timeLoad(ws, format),
      compare: () => assertSameRows(ws, ["bench_limit", `"${format}".rows`], NAMES),
    };
    found.push(...(await runPairs(contest)));
  }
  await ws.query("drop table bench_limit");
  return found;
}

const NAMES = COLUMNS.map(([name]) => name);

function connectionOf(set: DataSet, format: Format) {
  return { name: format, type: "files", schema: { options: { path: set[format], stream: "rows" } } };
}

async function timeLimit(ws: BenchWorkspace, file: string): Promise<Measured> {
  const columns = COLUMNS.map(([name, type]) => `${name} ${type}`).join(", ");
  await ws.query(
    `drop table if exists bench_limit; create table bench_limit (${columns}, ${ADDED_COLUMNS}); checkpoint`,
  );
  const script = join(ROOT, "bench", "limits", "copy-limit.ts");
  return ws.script(script, [JSON.stringify(ws.address), "bench_limit", JSON.stringify(NAMES), file]);
}

async function timeLoad(ws: BenchWorkspace, format: Format): Promise<Measured> {
  await ws.forget(format);
  return ws.run(format);
}
