import type pg from "pg";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { type Aftermath, aftermathOf } from "./aftermath.ts";
import { type Difference, differenceBetween, rejectsOf } from "./comparison.ts";
import { crashWorkspace } from "./crash-workspace.ts";
import { furnish } from "./furniture.ts";
import { KillPlan, type Met } from "./kill-plan.ts";
import { type KilledRun, runAndKill } from "./killed-run.ts";
import { runToEnd } from "./program.ts";
import type { CrashSource, Mode } from "./sources/crash-source.ts";

export interface KillSeries {
  address: PostgresAddress;
  /** For comparing the tables. */
  client: pg.Client;
  source: CrashSource;
  mode: Mode;
  /** Kills of a process that was still running; more where too few of them met a run at work. */
  kills: number;
  /** Rows that each round adds to the source. */
  rows: number;
  seed: number;
  /** What kills before have met, where those of several series are judged together. */
  before?: Met;
}

export interface SeriesOutcome {
  kills: number;
  /** How far the killed runs had come. */
  met: Met;
  /** All kills that were wanted were made, and enough of them met a run at work. */
  isWhole: boolean;
  /** Runs that had ended before their kill came. */
  missed: number;
  rounds: number;
  /** Whether rows were set aside. */
  rejects: boolean;
  difference: Difference;
  aftermath: Aftermath;
}

/** Kills of one round before its run is let through and the source moves on. */
const KILLS_A_ROUND = 3;
/** A kill may come too late, and its round is over; not forever. */
const ROUNDS = { more: 10, a_kill: 3 };

/**
 * Starts a run, kills it with SIGKILL, again and again; from time to time a run is let through and the source moves on.
 * At the end the tables must be what the same rounds made without any kill.
 */
export async function killSeries(series: KillSeries): Promise<SeriesOutcome> {
  const { address, client, source, mode } = series;
  await using ws = await crashWorkspace({ address, source, mode });
  const { root } = ws;
  const plan = new KillPlan(series.kills, series.seed, series.before);
  const letThrough = (connection: string) => runToEnd(root, connection, { flags: source.flags ?? [] });
  // What is to be replaced has to be there first.
  const spared = mode === "replace" && series.kills < KILLS_A_ROUND ? 1 : 0;
  let [rounds, missed] = [0, 0];
  while (plan.next() !== undefined && rounds < spared + ROUNDS.more + ROUNDS.a_kill * series.kills) {
    await source.writeRound(mode, { number: rounds, rows: series.rows });
    const startedAt = Date.now();
    await letThrough("reference");
    const undisturbed_ms = Date.now() - startedAt;
    const flags = [...(source.flags ?? []), ...(source.killedFlags ?? [])];
    const isThrough = rounds >= spared && (await killRound(plan, { root, undisturbed_ms, flags }));
    if (isThrough) missed += 1;
    else await letThrough("killed");
    if (rounds === 0) await furnish(client, "killed", "reference");
    rounds += 1;
  }
  // What a killed run has left behind is cleared away once its session is gone. And what a run leaves to the next one,
  // because the source says that its time is not over, both have read then.
  for (const connection of ["killed", "reference"]) await letThrough(connection);
  const { kills, met } = plan;
  const repeats = source.comesAgain === true && mode === "append" ? kills : undefined;
  const difference = await differenceBetween(client, "killed", "reference", { repeats });
  const rejects = (await rejectsOf(client, "killed")).length > 0;
  const isWhole = plan.next() === undefined;
  return { kills, met, isWhole, missed, rounds, rejects, difference, aftermath: await aftermathOf(client, root) };
}

/** True when a run has got through before its kill came: the next ones would find nothing to do. */
async function killRound(plan: KillPlan, run: Omit<KilledRun, "aim">): Promise<boolean> {
  for (let nth = 0; nth < KILLS_A_ROUND; nth++) {
    const aim = plan.next();
    if (aim === undefined) return false;
    const reach = await runAndKill({ ...run, aim });
    if (reach === undefined) {
      plan.missed(nth === 0);
      return true;
    }
    plan.hit(reach);
  }
  return false;
}
