import { randomInt } from "node:crypto";
import { expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import type { Mode } from "./crash-workspace.ts";
import { killSeries } from "./kill-series.ts";

/** `CRASH_SEED=… npx vitest run test/crash` replays a series. */
const seed = Number(process.env["CRASH_SEED"] ?? randomInt(2 ** 31));
/** Multiplies the kills: `npm run crash` takes its time, the suite has none. */
const factor = Number(process.env["CRASH_FACTOR"] ?? 1);
const NONE = { lost: 0, invented: 0, doubled: 0 };

const series: [Mode, number][] = [
  ["append", 8 * factor],
  ["merge", 6 * factor],
  ["replace", 6 * factor],
];

test.each(series)(
  `%s ends with exactly the right rows after %i kills at random moments (seed ${seed})`,
  async (mode, kills) => {
    await using db = await freshDatabase();
    const outcome = await killSeries({ address: db.address, client: db.client, mode, kills, rows: 20_000, seed });
    const told = `${mode}, seed ${seed}: ${JSON.stringify(outcome)}`;
    expect(outcome.kills, told).toBe(kills);
    expect(outcome.difference, told).toEqual(NONE);
    expect(outcome.columns.killed, told).toEqual(outcome.columns.undisturbed);
  },
  300_000 * factor,
);
