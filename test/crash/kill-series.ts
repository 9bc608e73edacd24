import type pg from "pg";
import { randomFrom } from "../../bench/random.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { type Aftermath, aftermathOf } from "./aftermath.ts";
import { type Difference, differenceBetween, rejectsOf } from "./comparison.ts";
import { crashWorkspace } from "./crash-workspace.ts";
import { furnish } from "./furniture.ts";
import { runToEnd, startRun } from "./program.ts";
import type { CrashSource, Mode } from "./sources/crash-source.ts";

export interface KillSeries {
  address: PostgresAddress;
  /** For comparing the tables. */
  client: pg.Client;
  source: CrashSource;
  mode: Mode;
  /** Kills of a process that was still running. */
  kills: number;
  /** Rows that each round adds to the source. */
  rows: number;
  seed: number;
}

export interface SeriesOutcome {
  kills: number;
  rounds: number;
  /** Whether rows were set aside. */
  rejects: boolean;
  difference: Difference;
  aftermath: Aftermath;
}

/** Kills of one round before its run is let through and the source moves on. */
const KILLS_A_ROUND = 3;
/** The share of an undisturbed run's time in which the program only starts: most kills shall meet a run at work. */
const STARTING = 0.2;
/** A kill may come too late; not forever. */
const TRIES_A_ROUND = 12;

/**
 * Starts a run, kills it with SIGKILL at a random moment, again and again, until the wanted number of kills is reached;
 * from time to time a run is let through and the source moves on. At the end the tables must be what the same rounds
 * made without any kill.
 */
export async function killSeries(series: KillSeries): Promise<SeriesOutcome> {
  const { address, client, source, mode } = series;
  await using ws = await crashWorkspace({ address, source, mode });
  const random = randomFrom(series.seed);
  let kills = 0;
  let rounds = 0;
  while (kills < series.kills) {
    await source.writeRound(mode, { number: rounds, rows: series.rows });
    const startedAt = Date.now();
    await runToEnd(ws.root, "reference");
    const undisturbed_ms = Date.now() - startedAt;
    const wanted = Math.min(series.kills, kills + KILLS_A_ROUND);
    for (let tries = 0; kills < wanted && tries < TRIES_A_ROUND; tries++) {
      if (await runAndKill(ws.root, moment(random()) * undisturbed_ms)) kills += 1;
    }
    await runToEnd(ws.root, "killed");
    if (rounds === 0) await furnish(client, "killed", "reference");
    rounds += 1;
  }
  // What a killed run has left behind is cleared away once its session is gone. And what a run leaves to the next one,
  // because the source says that its time is not over, both have read then.
  for (const connection of ["killed", "reference"]) await runToEnd(ws.root, connection);
  const difference = await differenceBetween(client, "killed", "reference");
  const rejects = (await rejectsOf(client, "killed")).length > 0;
  return { kills, rounds, rejects, difference, aftermath: await aftermathOf(client, ws.root) };
}

/** One kill in ten meets the start; the others what comes after it. */
function moment(random: number): number {
  return random < 0.1 ? random * 10 * STARTING : STARTING + ((random - 0.1) / 0.9) * (1 - STARTING);
}

/** True when the process was still running when it was killed. */
async function runAndKill(root: string, delay_ms: number): Promise<boolean> {
  const { child, ended } = startRun(root, "killed");
  const timer = setTimeout(() => child.kill("SIGKILL"), delay_ms);
  const { signal } = await ended;
  clearTimeout(timer);
  return signal === "SIGKILL";
}
