import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BenchWorkspace, SLUICE } from "../bench-workspace.ts";
import { measure, type Spread, spread } from "../measured-process.ts";
import type { Figure } from "../report.ts";

const TIMES = 10;

/** How long small commands take, from the shell's point of view. */
export async function benchStarts(ws: BenchWorkspace): Promise<Figure[]> {
  const path = join(ws.root, "one.csv");
  await writeFile(path, "id,name\n1,one\n");
  await ws.use([{ name: "one", type: "files", schema: { options: { path, stream: "rows" } } }]);
  const version = await timesOf(ws, ["--version"]);
  const list = await timesOf(ws, ["connections", "list", "--json"]);
  const run = await timesOf(ws, ["headless", "one"], () => ws.forget("one"));
  return [
    { measure: "--version", unit: "ms", figures: version, wanted: "≤ 80" },
    { measure: "connections list --json", unit: "ms", figures: list, wanted: "≤ 150" },
    { measure: "headless run of a 1-row file", unit: "ms", figures: run, wanted: "≤ 500" },
  ];
}

/** The first time fills caches and does not count. */
async function timesOf(ws: BenchWorkspace, args: string[], before = async () => {}): Promise<Spread> {
  const times: number[] = [];
  for (let i = 0; i <= TIMES; i++) {
    await before();
    const { wall_ms } = await measure(SLUICE, args, ws.root);
    if (i > 0) times.push(wall_ms);
  }
  return spread(times);
}
