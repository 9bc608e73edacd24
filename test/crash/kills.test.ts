import { expect, test, vi } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { NO_TRACES } from "./aftermath.ts";
import { NO_DIFFERENCE } from "./comparison.ts";
import { IS_LONG, killsOf, LIMIT_MS, SEED } from "./intensity.ts";
import { killsIn, type Met, NONE_MET, seedOf, sumOf } from "./kill-plan.ts";
import { killSeries, type SeriesOutcome } from "./kill-series.ts";
import { apiSource } from "./sources/api-source.ts";
import { type CrashSource, type Mode, readAnew, withSettings } from "./sources/crash-source.ts";
import { databaseSource } from "./sources/database-source.ts";
import { fileSource, filesSource, markedFileSource, nestedFileSource } from "./sources/file-source.ts";
import { airbyteSource, tapSource } from "./sources/program-sources.ts";

/** Each round adds so many: half a dozen checkpoints. */
const ROWS = 5_000;
/** A series waits more than it works: for processes that start, and for locks of those that are gone. */
vi.setConfig({ maxConcurrency: 2 });

const flawed = () => fileSource({ flawed: true });
const tied = () => apiSource({ order: "asc" });
const apart = () => apiSource({ order: "asc", tied: 1 });
const unordered = () => apiSource({ order: "none" });
const windows = () => apiSource({ order: "none", asked: "windows" });
const children = () => apiSource({ order: "asc", asked: "shops" });
const changed = () => apiSource({ order: "none", asked: "changed shops" });
const lists = () => apiSource({ order: "none", nested: true });
const several = () => apiSource({ order: "asc", streams: ["orders", "customers", "items"] });
const bytes = () => databaseSource({ form: "bytes" });
const bytesApart = () => databaseSource({ form: "bytes", cursor: "apart", readers: 1 });
const values = () => databaseSource({ form: "values" });
const manyAsBytes = () => databaseSource({ form: "bytes", tables: ["orders", "customers"] });
const manyAsValues = () => databaseSource({ form: "values", tables: ["orders", "customers"] });
const valuesApart = () => databaseSource({ form: "values", cursor: "apart" });
const bytesWhole = () => databaseSource({ form: "bytes", cursor: "none" });
const valuesWhole = () => databaseSource({ form: "values", cursor: "none" });
const text = () => databaseSource({ form: "text" });
const history = () => withSettings(markedFileSource(), { keep_history: true, deleted_field: "gone" });
const versions = () => withSettings(markedFileSource(), { version_field: "version" });
const hard = () => withSettings(markedFileSource(), { deleted_field: "gone" });
const soft = () => withSettings(markedFileSource(), { deleted_field: "gone", deletes: "soft" });
const softVersions = () =>
  withSettings(markedFileSource(), { version_field: "version", deleted_field: "gone", deletes: "soft" });
const anew = () => readAnew(databaseSource({ form: "bytes", losesRows: true }), "all");
const anewWithHistory = () =>
  readAnew(withSettings(databaseSource({ form: "bytes", losesRows: true }), { keep_history: true }), "all");
const listsAnew = () => readAnew(nestedFileSource(), "all");
const fileAnewOnce = () => readAnew(fileSource(), "killed");
const bytesAnewOnce = () => readAnew(bytes(), "killed");
const rewritten = () => withSettings(bytes(), { replace_by: "rewrite" });
const emptied = () => withSettings(fileSource(), { replace_by: "truncate" });

/** How often each way of loading is killed in the suite, and in the long form of it. */
const series: [string, () => Promise<CrashSource>, Mode, number, number][] = [
  ["a file with flawed rows", flawed, "append", 2, 6],
  ["a file with flawed rows", flawed, "merge", 0, 4],
  ["a file with flawed rows", flawed, "replace", 1, 4],
  ["a file whose rows keep their history", history, "merge", 1, 6],
  ["a file whose rows have versions", versions, "merge", 0, 5],
  ["a file whose marked rows leave the table", hard, "merge", 0, 5],
  ["a file whose marked rows stay with their mark", soft, "merge", 0, 5],
  ["a file whose rows have versions and marks", softVersions, "merge", 0, 4],
  ["a file that killed runs read anew", fileAnewOnce, "append", 0, 4],
  ["a file that killed runs read anew", fileAnewOnce, "merge", 0, 4],
  ["a file with lists that is read anew", listsAnew, "merge", 0, 4],
  ["a file whose table is emptied first", emptied, "replace", 0, 4],
  ["a file with lists that become tables", nestedFileSource, "append", 1, 4],
  ["a file with lists that become tables", nestedFileSource, "merge", 1, 4],
  ["a file with lists that become tables", nestedFileSource, "replace", 0, 4],
  ["an unordered API with lists that become tables", lists, "append", 0, 4],
  ["an unordered API with lists that become tables", lists, "merge", 0, 4],
  ["several streams of files", filesSource, "append", 0, 4],
  ["several streams of files", filesSource, "merge", 1, 4],
  ["several streams of files", filesSource, "replace", 0, 4],
  ["an API with tied cursor values", tied, "append", 1, 6],
  ["an API with tied cursor values", tied, "merge", 0, 4],
  ["an API without ties", apart, "append", 0, 4],
  ["an API without ties", apart, "merge", 0, 4],
  ["an unordered API", unordered, "append", 1, 4],
  ["an unordered API", unordered, "merge", 0, 4],
  ["an unordered API", unordered, "replace", 1, 4],
  ["an API read in windows", windows, "append", 1, 4],
  ["an API read in windows", windows, "merge", 0, 4],
  ["children of an API", children, "append", 1, 4],
  ["children of an API", children, "merge", 0, 4],
  ["children of an API", children, "replace", 0, 4],
  ["children of an API whose parents have changed", changed, "merge", 0, 4],
  ["several streams of an API", several, "append", 0, 4],
  ["several streams of an API", several, "merge", 0, 4],
  ["several streams of an API", several, "replace", 0, 4],
  ["a table as bytes", bytes, "append", 1, 6],
  ["a table as bytes", bytes, "merge", 0, 4],
  ["a table as bytes", bytes, "replace", 1, 4],
  ["a table as bytes whose rows are exchanged", rewritten, "replace", 0, 4],
  ["a table as bytes without ties, range by range", bytesApart, "append", 0, 4],
  ["a table as bytes without ties, range by range", bytesApart, "merge", 0, 4],
  ["a table as bytes without a cursor", bytesWhole, "append", 0, 5],
  ["a table as bytes without a cursor", bytesWhole, "merge", 0, 4],
  ["a table as bytes that killed runs read anew", bytesAnewOnce, "append", 0, 4],
  ["a table that loses rows, read anew", anew, "merge", 0, 5],
  ["a table that loses rows, read anew with history", anewWithHistory, "merge", 0, 5],
  ["a table as text", text, "append", 0, 5],
  ["a table as text", text, "merge", 0, 4],
  ["a table as text", text, "replace", 0, 4],
  ["a table as values without ties", valuesApart, "append", 0, 4],
  ["a table as values without ties", valuesApart, "merge", 0, 4],
  ["a table as values without a cursor", valuesWhole, "append", 0, 4],
  ["a table as values without a cursor", valuesWhole, "merge", 0, 4],
  ["a table as values", values, "append", 0, 4],
  ["a table as values", values, "merge", 1, 4],
  ["a table as values", values, "replace", 0, 4],
  ["several tables as bytes", manyAsBytes, "append", 0, 4],
  ["several tables as bytes", manyAsBytes, "merge", 0, 4],
  ["several tables as bytes", manyAsBytes, "replace", 0, 4],
  ["several tables as values", manyAsValues, "append", 0, 4],
  ["several tables as values", manyAsValues, "merge", 0, 4],
  ["several tables as values", manyAsValues, "replace", 0, 4],
  ["the streams of a tap", tapSource, "append", 1, 4],
  ["the streams of a tap", tapSource, "merge", 0, 4],
  ["the streams of a tap", tapSource, "replace", 0, 4],
  ["the streams of an Airbyte source", airbyteSource, "append", 0, 4],
  ["the streams of an Airbyte source", airbyteSource, "merge", 1, 4],
  ["the streams of an Airbyte source", airbyteSource, "replace", 0, 4],
];
const chosen = series.map(([what, open, mode, few, many]) => ({ what, open, mode, kills: killsOf(few, many) }));

const outcomes: SeriesOutcome[] = [];

(IS_LONG ? test.concurrent : test).each(chosen.filter(({ kills }) => kills > 0))(
  `$what by $mode: exactly the right rows after $kills kills at random moments, or more (seed ${SEED})`,
  async ({ what, open, mode, kills }) => {
    await using db = await freshDatabase();
    await using source = await open();
    const { address, client } = db;
    const seed = seedOf(SEED, what, mode);
    // In the suite a series is too short to be judged alone.
    const before = IS_LONG ? NONE_MET : metInAll();
    const outcome = await killSeries({ address, client, source, mode, kills, rows: ROWS, seed, before });
    outcomes.push(outcome);
    const told = `${what}, ${mode}, seed ${SEED}: ${JSON.stringify(outcome)}`;
    expect(outcome.kills, told).toBeGreaterThanOrEqual(kills);
    expect(outcome.isWhole, told).toBe(true);
    expect(outcome.rejects, told).toBe(source.flawed === true);
    expect(outcome.difference, told).toEqual(NO_DIFFERENCE);
    expect(outcome.aftermath, told).toEqual(NO_TRACES);
  },
  LIMIT_MS,
);

test("half of the kills or more met a run at work, and a third one that had moved rows and was not over", () => {
  const met = metInAll();
  const told = JSON.stringify(met);
  expect(met["at work"] + met["with rows"], told).toBeGreaterThanOrEqual(killsIn(met) / 2);
  expect(met["with rows"], told).toBeGreaterThanOrEqual(killsIn(met) / 3);
});

function metInAll(): Met {
  return sumOf(outcomes.map(({ met }) => met));
}
