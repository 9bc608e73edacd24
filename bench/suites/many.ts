import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BenchWorkspace } from "../bench-workspace.ts";
import { assertRows } from "../checksums.ts";
import { type Measured, spread } from "../measured-process.ts";
import { startPages } from "../page-source.ts";
import { describeMeasured, type Figure } from "../report.ts";
import type { BenchSettings } from "./suite.ts";

const FEW = 1_000;
const MANY = 10_000;
const ROWS_OF_EACH = 10;
/** What one costs among many, over what one costs among few: above that it grows with their number. */
const WANTED = { at_most: 1.25 };
const RUNS = 3;

/** Very many files, and very many pages: each costs what it costs among few. By processor time, as much of it waits. */
export async function benchMany(ws: BenchWorkspace, { folder, scale, light }: BenchSettings): Promise<Figure[]> {
  if (light) return [];
  const counts = [1, FEW * scale, MANY * scale].map(Math.round) as [number, number, number];
  return [
    ...(await growth({ what: "files", mb: 200 }, counts, (count) => loadFiles(ws, folder, count))),
    ...(await growth({ what: "pages", mb: 170 }, counts, (count) => loadPages(ws, count))),
  ];
}

async function growth(
  { what, mb }: { what: string; mb: number },
  [one, few, many]: [number, number, number],
  load: (count: number) => Promise<Measured>,
): Promise<Figure[]> {
  const ratios: number[] = [];
  const peaks: number[] = [];
  await load(one);
  for (let run = 0; run < RUNS; run++) {
    const [base, some, all] = [await load(one), await load(few), await load(many)];
    const costOf = ({ cpu_ms }: Measured, count: number) => (cpu_ms - base.cpu_ms) / count;
    ratios.push(costOf(all, many) / costOf(some, few));
    peaks.push(all.peak_mb);
    const each = [costOf(some, few), costOf(all, many)].map((ms) => `${ms.toFixed(2)} ms`).join(" and ");
    process.stderr.write(`${what} ${run + 1}/${RUNS}: ${each} of processors each; ${describeMeasured(all)}\n`);
  }
  const cost = `${what}: cost of each of ${many} ÷ of each of ${few}`;
  return [
    { measure: cost, unit: "×", figures: spread(ratios), wanted: WANTED },
    { measure: `${many} ${what}: resident memory`, unit: "MB", figures: spread(peaks), wanted: { at_most: mb } },
  ];
}

async function loadFiles(ws: BenchWorkspace, folder: string, count: number): Promise<Measured> {
  const place = await makeFiles(folder, count);
  await ws.use([{ name: "many", type: "files", schema: { options: { path: join(place, "*.csv"), stream: "rows" } } }]);
  await ws.forget("many");
  const measured = await ws.run("many");
  await assertRows(ws, "many.rows", count * ROWS_OF_EACH);
  return measured;
}

async function makeFiles(folder: string, count: number): Promise<string> {
  const place = join(folder, `files-${count}`);
  await mkdir(place, { recursive: true });
  for (let file = 0; file < count; file++) {
    const lines = Array.from({ length: ROWS_OF_EACH }, (_, row) => `${file * ROWS_OF_EACH + row + 1},name ${row}`);
    await writeFile(join(place, `${String(file).padStart(6, "0")}.csv`), `id,name\n${lines.join("\n")}\n`, {
      flag: "wx",
    }).catch(ignoreExisting);
  }
  return place;
}

/** From an earlier bench. */
function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}

async function loadPages(ws: BenchWorkspace, pages: number): Promise<Measured> {
  await using source = await startPages({ pages, perPage: ROWS_OF_EACH });
  await ws.use([source.connection]);
  await ws.forget("pages");
  const measured = await ws.run("pages");
  await assertRows(ws, "pages.records", pages * ROWS_OF_EACH);
  return measured;
}
