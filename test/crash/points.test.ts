import { expect, test } from "vitest";
import { MILESTONES } from "../../src/core/milestones.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { NO_TRACES } from "./aftermath.ts";
import { NO_DIFFERENCE } from "./comparison.ts";
import { IS_LONG, killsOf, LIMIT_MS, SEED } from "./intensity.ts";
import { pointSeries } from "./point-series.ts";
import { apiSource } from "./sources/api-source.ts";
import type { CrashSource, Mode } from "./sources/crash-source.ts";
import { databaseSource } from "./sources/database-source.ts";
import { fileSource, nestedFileSource } from "./sources/file-source.ts";

/** Each round adds so many: a few checkpoints. */
const ROWS = 2_400;

/** The suite attacks one way of loading in each mode, the long form each lane that rows may take. */
const series: [string, () => Promise<CrashSource>, Mode][] = [
  ["a file", fileSource, "append"],
  ["an API", () => apiSource({ order: "asc" }), "merge"],
  ["a table as bytes", () => databaseSource({ form: "bytes" }), "replace"],
  ...(IS_LONG ? more() : []),
];

function more(): typeof series {
  return [
    ["an unordered API", () => apiSource({ order: "none" }), "append"],
    ["a table as bytes", () => databaseSource({ form: "bytes" }), "append"],
    ["a table as values", () => databaseSource({ form: "values" }), "merge"],
    ["a file", fileSource, "replace"],
    ["a file with lists that become tables", nestedFileSource, "append"],
    ["a file with lists that become tables", nestedFileSource, "merge"],
    ["a file with lists that become tables", nestedFileSource, "replace"],
  ];
}

/** Another process has to come for these; see `attacks/`. */
const NEEDS_COMPANY = new Set(["file_lock_awaited"]);
/** They mean something else in every lane. The suite attacks the others once. */
const OF_LANES = new Set<string>(["copy_ended", "columns_committed", "before_commit", "after_commit"]);
const seen = new Set<string>(NEEDS_COMPANY);

test.each(series.map(([what, open, mode]) => ({ what, open, mode })))(
  `$what by $mode ends with exactly the right rows after a kill at every milestone (seed ${SEED})`,
  async ({ what, open, mode }) => {
    await using db = await freshDatabase();
    await using source = await open();
    const { address, client } = db;
    const outcome = await pointSeries({
      address,
      client,
      source,
      mode,
      rows: ROWS,
      seed: SEED,
      times: killsOf(1, 1),
      spared: new Set(IS_LONG ? [] : [...seen].filter((milestone) => !OF_LANES.has(milestone))),
    });
    const told = `${what}, ${mode}, seed ${SEED}: ${JSON.stringify(outcome)}`;
    for (const point of outcome.killed) seen.add(point.replace(/:.*/, ""));
    expect(outcome.missed, told).toEqual([]);
    expect(outcome.difference, told).toEqual(NO_DIFFERENCE);
    expect(outcome.aftermath, told).toEqual(NO_TRACES);
  },
  LIMIT_MS,
);

test("every milestone there is was attacked", () => {
  expect(MILESTONES.filter((milestone) => !seen.has(milestone))).toEqual([]);
});
