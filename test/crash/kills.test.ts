import { expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { NO_DIFFERENCE } from "./comparison.ts";
import { IS_LONG, killsOf, SEED } from "./intensity.ts";
import { killSeries } from "./kill-series.ts";
import { apiSource } from "./sources/api-source.ts";
import type { CrashSource, Mode } from "./sources/crash-source.ts";
import { databaseSource } from "./sources/database-source.ts";
import { fileSource, filesSource } from "./sources/file-source.ts";

/** Each round adds so many. */
const ROWS = 8_000;

const ordered = () => apiSource({ order: "asc" });
const unordered = () => apiSource({ order: "none" });
const bytes = () => databaseSource({ form: "bytes" });
const values = () => databaseSource({ form: "values" });
const tables = () => databaseSource({ form: "bytes", tables: ["orders", "customers"] });
const several = () => apiSource({ order: "asc", streams: ["orders", "customers", "items"] });

/** How often each way of loading is killed in the suite, and in the long form of it. */
const series: [string, () => Promise<CrashSource>, Mode, number, number][] = [
  ["a file", fileSource, "append", 2, 20],
  ["a file", fileSource, "merge", 0, 10],
  ["a file", fileSource, "replace", 1, 10],
  ["several streams of files", filesSource, "append", 1, 15],
  ["several streams of files", filesSource, "merge", 1, 10],
  ["several streams of files", filesSource, "replace", 0, 10],
  ["an API with tied cursor values", ordered, "append", 1, 20],
  ["an API with tied cursor values", ordered, "merge", 0, 10],
  ["an API with tied cursor values", ordered, "replace", 0, 10],
  ["an unordered API", unordered, "append", 1, 15],
  ["an unordered API", unordered, "merge", 0, 10],
  ["several streams of an API", several, "append", 1, 15],
  ["several streams of an API", several, "merge", 0, 10],
  ["a table as bytes", bytes, "append", 1, 20],
  ["a table as bytes", bytes, "merge", 0, 10],
  ["a table as bytes", bytes, "replace", 0, 10],
  ["a table as values", values, "append", 0, 10],
  ["a table as values", values, "merge", 1, 10],
  ["a table as values", values, "replace", 0, 10],
  ["several tables", tables, "append", 1, 10],
  ["several tables", tables, "replace", 0, 10],
];
const chosen = series.map(([what, open, mode, few, many]) => ({ what, open, mode, kills: killsOf(few, many) }));

test.each(chosen.filter(({ kills }) => kills > 0))(
  `$what by $mode: exactly the right rows after $kills kills at random moments (seed ${SEED})`,
  async ({ what, open, mode, kills }) => {
    await using db = await freshDatabase();
    await using source = await open();
    const { address, client } = db;
    const outcome = await killSeries({ address, client, source, mode, kills, rows: ROWS, seed: SEED });
    const told = `${what}, ${mode}, seed ${SEED}: ${JSON.stringify(outcome)}`;
    expect(outcome.kills, told).toBe(kills);
    expect(outcome.difference, told).toEqual(NO_DIFFERENCE);
  },
  IS_LONG ? 3_600_000 : 300_000,
);
