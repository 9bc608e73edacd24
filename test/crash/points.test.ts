import { expect, test, vi } from "vitest";
import { MILESTONES } from "../../src/core/milestones.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { NO_TRACES } from "./aftermath.ts";
import { NO_DIFFERENCE } from "./comparison.ts";
import { IS_LONG, killsOf, LIMIT_MS, SEED } from "./intensity.ts";
import { pointSeries } from "./point-series.ts";
import { apiSource } from "./sources/api-source.ts";
import { type CrashSource, type Mode, withSettings } from "./sources/crash-source.ts";
import { databaseSource } from "./sources/database-source.ts";
import { fileSource, filesSource, nestedFileSource } from "./sources/file-source.ts";
import { airbyteSource, tapSource } from "./sources/program-sources.ts";

/** A series waits more than it works: for processes that start, and for locks of those that are gone. */
vi.setConfig({ maxConcurrency: 2 });

/** Each round adds so many: a few checkpoints. */
const ROWS = 2_400;
/** As many checkpoints where rows have lists, or go to two tables. */
const FEWER_ROWS = 1_200;

/** Another process has to come for these; see `attacks/`. */
const NEEDS_COMPANY = new Set<string>(["file_lock_awaited"]);
/** They mean something else in every lane. The others are the same in each. */
const OF_LANES = new Set<string>([
  "copy_ended",
  "columns_committed",
  "staging_merged",
  "before_swap",
  "after_swap",
  "before_commit",
  "after_commit",
  "joint_columns_committed",
  "joint_before_commit",
  "joint_after_commit",
]);

const bytes = () => databaseSource({ form: "bytes" });
const unordered = () => apiSource({ order: "none" });

/** The suite attacks one way of loading in each mode, and one that commits several streams together. */
const series: [string, () => Promise<CrashSource>, Mode, number?][] = [
  ["a file", fileSource, "append"],
  ["an API", () => apiSource({ order: "asc" }), "merge"],
  ["a table as bytes", bytes, "replace"],
  ["the streams of a tap", tapSource, "replace", FEWER_ROWS],
];

/** The long form attacks each lane that rows may take. */
const lanes: typeof series = [
  ["an unordered API", unordered, "append"],
  ["a table as bytes", bytes, "append"],
  ["a table as values", () => databaseSource({ form: "values" }), "merge"],
  ["a file", fileSource, "replace"],
  ["a file with lists that become tables", nestedFileSource, "append", FEWER_ROWS],
  ["a file with lists that become tables", nestedFileSource, "merge", FEWER_ROWS],
  ["a file with lists that become tables", nestedFileSource, "replace", FEWER_ROWS],
  ["a file whose rows keep their history", () => withSettings(fileSource(), { keep_history: true }), "merge"],
  ["a table as bytes whose rows are exchanged", () => withSettings(bytes(), { replace_by: "rewrite" }), "replace"],
  ["a file whose table is emptied first", () => withSettings(fileSource(), { replace_by: "truncate" }), "replace"],
  ["the streams of a tap", tapSource, "append", FEWER_ROWS],
];

/** And lanes that are read in other ways, or side by side: there no more than the milestones of lanes. */
const ways: typeof series = [
  ["an API read in windows", () => apiSource({ order: "none", asked: "windows" }), "append"],
  ["an unordered API", unordered, "replace"],
  ["children of an API", () => apiSource({ order: "asc", asked: "shops" }), "append"],
  [
    "children of an API whose parents have changed",
    () => apiSource({ order: "none", asked: "changed shops" }),
    "merge",
  ],
  ["several streams of files", filesSource, "append"],
  ["several streams of files", filesSource, "merge"],
  ["several tables as bytes", () => databaseSource({ form: "bytes", tables: ["orders", "customers"] }), "replace"],
  ["the streams of a tap", tapSource, "merge", FEWER_ROWS],
  ["the streams of an Airbyte source", airbyteSource, "append", FEWER_ROWS],
  ["the streams of an Airbyte source", airbyteSource, "merge", FEWER_ROWS],
  ["the streams of an Airbyte source", airbyteSource, "replace", FEWER_ROWS],
];

const chosen = [...(IS_LONG ? [...ways, ...lanes] : []), ...series].map((entry) => {
  const [what, open, mode, rows = ROWS] = entry;
  return { what, open, mode, rows, isWay: ways.includes(entry), isLane: lanes.includes(entry) };
});

const seen = new Set<string>(NEEDS_COMPANY);
const OTHERS = MILESTONES.filter((milestone) => !OF_LANES.has(milestone));

/** What is the same in every lane the suite attacks once, and the long form not where only the way of reading differs. */
function sparedIn(isWay: boolean): string[] {
  if (IS_LONG) return isWay ? OTHERS : [];
  return OTHERS.filter((milestone) => seen.has(milestone));
}

(IS_LONG ? test.concurrent : test).each(chosen)(
  `$what by $mode: exactly the right rows after a kill at every milestone (seed ${SEED})`,
  async ({ what, open, mode, rows, isWay, isLane }) => {
    await using db = await freshDatabase();
    await using source = await open();
    const { address, client } = db;
    const outcome = await pointSeries({
      address,
      client,
      source,
      mode,
      rows,
      seed: SEED,
      times: killsOf(1, 1),
      thorough: new Set(IS_LONG ? (isLane ? OF_LANES : MILESTONES) : []),
      spared: new Set(sparedIn(isWay)),
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
