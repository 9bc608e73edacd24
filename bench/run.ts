import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchWorkspace, ROOT, SLUICE } from "./bench-workspace.ts";
import { measure } from "./measured-process.ts";
import { type Figure, printFigures } from "./report.ts";
import { benchDatabases } from "./suites/databases.ts";
import { benchFiles } from "./suites/files.ts";
import { benchServices } from "./suites/services.ts";
import { benchStarts } from "./suites/starts.ts";

/**
 * Times Sluice against the limit on the same server and the same rows, in interleaved pairs of whole processes, and
 * prints the ratios limit ÷ Sluice. Options: --suite (files, databases, services, starts; all unless given), --rows, --pairs,
 * --big (rows of the memory check; 0 leaves it out), --json FILE.
 */
const { values } = parseArgs({
  options: {
    suite: { type: "string", multiple: true },
    rows: { type: "string" },
    pairs: { type: "string", default: "7" },
    big: { type: "string", default: "10000000" },
    folder: { type: "string", default: join(ROOT, ".sluice", "bench") },
    json: { type: "string" },
  },
});

const SUITES = { files: benchFiles, databases: benchDatabases, services: benchServices, starts: benchStarts };
/** Enough rows that a load takes seconds. */
const ROWS: Record<keyof typeof SUITES, number> = {
  files: 1_000_000,
  databases: 2_000_000,
  services: 1_000_000,
  starts: 1,
};

const names = Object.keys(SUITES) as (keyof typeof SUITES)[];
const chosen = values.suite === undefined ? names : names.filter((name) => values.suite?.includes(name));
// The first command builds what is out of date, which is not to be timed.
await measure(SLUICE, ["--version"], ROOT);
await using ws = await benchWorkspace(values.folder);
const figures: Figure[] = [];
for (const name of chosen) {
  const rows = Number(values.rows ?? ROWS[name]);
  const settings = { folder: values.folder, rows, big: Number(values.big), pairs: Number(values.pairs) };
  figures.push(...(await SUITES[name](ws, settings)));
}
printFigures(figures);
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(figures, null, 2));
