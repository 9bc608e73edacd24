import type pg from "pg";
import { randomFrom } from "../../bench/random.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { type Difference, differenceBetween } from "./comparison.ts";
import { crashWorkspace } from "./crash-workspace.ts";
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
  difference: Difference;
}

/** Kills of one round before its run is let through and the source moves on. */
const KILLS_A_ROUND = 3;
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
      if (await runAndKill(ws.root, random() * undisturbed_ms)) kills += 1;
    }
    await runToEnd(ws.root, "killed");
    rounds += 1;
  }
  // What a killed run has left behind is cleared away once its session is gone.
  await runToEnd(ws.root, "killed");
  return { kills, rounds, difference: await differenceBetween(client, "killed", "reference") };
}

/** True when the process was still running when it was killed. */
async function runAndKill(root: string, delay_ms: number): Promise<boolean> {
  const { child, ended } = startRun(root, "killed");
  const timer = setTimeout(() => child.kill("SIGKILL"), delay_ms);
  const { signal } = await ended;
  clearTimeout(timer);
  return signal === "SIGKILL";
}
