import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchWorkspace, ROOT, SLUICE } from "./bench-workspace.ts";
import { measure } from "./measured-process.ts";
import { describeFarOff, describeMachine, type Figure, farOff, printFigures, withBounds } from "./report.ts";
import { benchAdapters } from "./suites/adapters.ts";
import { benchDatabases } from "./suites/databases.ts";
import { benchFiles } from "./suites/files.ts";
import { benchMany } from "./suites/many.ts";
import { benchMemory } from "./suites/memory.ts";
import { benchMerge } from "./suites/merge.ts";
import { benchServices } from "./suites/services.ts";
import { benchStarts } from "./suites/starts.ts";

/**
 * Times Sluice against the limit on the same server and the same rows, in interleaved pairs, and prints a table, or
 * with --json a document, on stdout. Other options: --suite (all unless given), --only (tables of `databases`, cases of
 * `merge`), --pairs, --scale (multiplies rows, files and pages), --folder (where data sets are kept), and --light: a minute, by processor time, and failing where a
 * figure is beyond its bound.
 */
const { values } = parseArgs({
  options: {
    suite: { type: "string", multiple: true },
    only: { type: "string", multiple: true },
    pairs: { type: "string" },
    scale: { type: "string" },
    folder: { type: "string", default: join(ROOT, ".sluice", "bench") },
    json: { type: "boolean", default: false },
    light: { type: "boolean", default: false },
  },
});

const SUITES = {
  starts: benchStarts,
  files: benchFiles,
  databases: benchDatabases,
  merge: benchMerge,
  services: benchServices,
  adapters: benchAdapters,
  many: benchMany,
  memory: benchMemory,
};
const FULL = { pairs: 7, scale: 1, by: "wall_ms" } as const;
const LIGHT = { pairs: 3, scale: 0.1, by: "cpu_ms" } as const;

const { light } = values;
const usual = light ? LIGHT : FULL;
const settings = {
  ...{ folder: values.folder, light, by: usual.by },
  pairs: Number(values.pairs ?? usual.pairs),
  scale: Number(values.scale ?? usual.scale),
  ...(values.only === undefined ? {} : { only: values.only }),
};
const names = Object.keys(SUITES) as (keyof typeof SUITES)[];
const chosen = values.suite === undefined ? names : names.filter((name) => values.suite?.includes(name));
// The first command builds what is out of date, which is not to be timed.
await measure(SLUICE, ["--version"], { cwd: ROOT });
await using ws = await benchWorkspace(values.folder);
const measured: (Figure & { suite: string })[] = [];
for (const suite of chosen) for (const figure of await SUITES[suite](ws, settings)) measured.push({ suite, ...figure });
const figures = light ? withBounds(measured) : measured;

const [version] = await ws.query("select current_setting('server_version') as postgres");
const machine = describeMachine(String(version?.["postgres"]));
if (values.json) {
  const { folder: _, ...how } = settings;
  process.stdout.write(`${JSON.stringify({ machine, settings: how, figures }, null, 2)}\n`);
} else {
  printFigures(figures);
  process.stdout.write(`${Object.values(machine).join(", ")}\n`);
}
for (const figure of farOff(figures)) {
  process.stderr.write(`far off: ${describeFarOff(figure)}\n`);
  process.exitCode = 1;
}
