import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type pg from "pg";
import { randomFrom } from "../../bench/random.ts";
import type { Milestone } from "../../src/core/milestones.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { type Aftermath, aftermathOf } from "./aftermath.ts";
import { type Difference, differenceBetween } from "./comparison.ts";
import { crashWorkspace } from "./crash-workspace.ts";
import { furnish } from "./furniture.ts";
import { run, runToEnd } from "./program.ts";
import type { CrashSource, Mode } from "./sources/crash-source.ts";

export interface PointSeries {
  address: PostgresAddress;
  /** For comparing the tables. */
  client: pg.Client;
  source: CrashSource;
  mode: Mode;
  /** Rows that each round adds to the source. */
  rows: number;
  seed: number;
  /** How often every milestone is attacked. */
  times: number;
  /**
   * Milestones that are attacked each of those times where a run reaches them first, once in the middle, and last. Of
   * the others the seed chooses one.
   */
  thorough: ReadonlySet<string>;
  /** Milestones that are not attacked. */
  spared: ReadonlySet<string>;
}

export interface PointOutcome {
  /** `<milestone>:<n>`: where processes were killed. */
  killed: string[];
  /** Those that no process reached again. */
  missed: string[];
  difference: Difference;
  aftermath: Aftermath;
}

/**
 * Notes which milestones a run reaches, and how often; then kills runs at each of them, with new rows at the source each
 * time. Every kill is followed by a run that succeeds.
 */
export async function pointSeries(series: PointSeries): Promise<PointOutcome> {
  const { address, client, source, mode, rows } = series;
  await using ws = await crashWorkspace({ address, source, mode });
  const random = randomFrom(series.seed);
  const killed: string[] = [];
  const missed: string[] = [];
  let round = 0;
  const next = () => source.writeRound(mode, { number: round++, rows });
  await next();
  for (const connection of ["killed", "reference"]) await runToEnd(ws.root, connection);
  await furnish(client, "killed", "reference");
  await next();
  const reached = await milestonesOf(ws.root);
  for (let time = 0; time < series.times; time++) {
    for (const [milestone, count] of reached) {
      if (series.spared.has(milestone)) continue;
      for (const n of placesOf(count, series.thorough.has(milestone), random)) {
        await next();
        let point = await killAt(ws.root, milestone, n);
        if (point === undefined) await next();
        point ??= await killAt(ws.root, milestone, 1);
        if (point === undefined) missed.push(milestone);
        else killed.push(point);
        await runToEnd(ws.root, "killed");
      }
    }
  }
  // What a killed run has left behind is cleared away once its session is gone.
  await runToEnd(ws.root, "killed");
  await runToEnd(ws.root, "reference");
  const difference = await differenceBetween(client, "killed", "reference");
  return { killed, missed, difference, aftermath: await aftermathOf(client, ws.root) };
}

/** The times to attack a milestone that a run reaches so often, from 1. */
function placesOf(count: number, thorough: boolean, random: () => number): number[] {
  const between = (first: number, last: number) => first + Math.floor(random() * (last - first + 1));
  if (!thorough) return [between(1, count)];
  return count < 3 ? [1, count].slice(0, count) : [1, between(2, count - 1), count];
}

/** Undefined when the run has ended before: on a slow machine other checkpoints are due, so not all counts are the same. */
async function killAt(root: string, milestone: Milestone, n: number): Promise<string | undefined> {
  const point = `${milestone}:${n}`;
  const { signal } = await run(root, "killed", { preload: "kill-at", env: { CRASH_KILL_AT: point } });
  return signal === "SIGKILL" ? point : undefined;
}

/** How often an undisturbed run reaches each milestone. */
async function milestonesOf(root: string): Promise<Map<Milestone, number>> {
  const notes = join(root, "milestones");
  await runToEnd(root, "killed", { preload: "note-milestones", env: { CRASH_NOTES: notes } });
  const counts = new Map<Milestone, number>();
  for (const name of (await readFile(notes, "utf8")).split("\n").slice(0, -1)) {
    counts.set(name as Milestone, (counts.get(name as Milestone) ?? 0) + 1);
  }
  await rm(notes);
  return counts;
}
