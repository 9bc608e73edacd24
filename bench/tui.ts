import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchWorkspace, ROOT, SLUICE } from "./bench-workspace.ts";
import { measure } from "./measured-process.ts";
import { type Figure, printFigures } from "./report.ts";
import { bigWorkspace } from "./screens/big-workspace.ts";
import { benchLive } from "./screens/live-run.ts";
import { benchLog } from "./screens/long-log.ts";
import { benchIdle, benchLists, benchStarts } from "./screens/starts-and-lists.ts";

/**
 * Measures the screens as a person has them: the built program on a pseudo-terminal, processor time by the kernel's
 * count. Options: --suite (starts, lists, idle, live, log; all unless given), --json FILE.
 */
const { values } = parseArgs({
  options: {
    suite: { type: "string", multiple: true },
    folder: { type: "string", default: join(ROOT, ".sluice", "bench") },
    json: { type: "string" },
  },
});

const SUITES = { starts: benchStarts, lists: benchLists, idle: benchIdle, log: benchLog, live: runLive };

const names = Object.keys(SUITES) as (keyof typeof SUITES)[];
const chosen = values.suite === undefined ? names : names.filter((name) => values.suite?.includes(name));
const folder = join(values.folder, "screens");
await mkdir(folder, { recursive: true });
// The first command builds what is out of date, which is not to be timed.
await measure(SLUICE, ["--version"], { cwd: ROOT });
const root = await bigWorkspace(folder);
const figures: Figure[] = [];
for (const name of chosen) {
  figures.push(...(await SUITES[name](root)));
  printFigures(figures);
}
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(figures, null, 2));

async function runLive(): Promise<Figure[]> {
  await using ws = await benchWorkspace(folder);
  return await benchLive(ws);
}
