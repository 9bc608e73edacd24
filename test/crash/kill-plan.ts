import { createHash } from "node:crypto";
import { randomFrom } from "../../bench/random.ts";
import type { Milestone } from "../../src/core/milestones.ts";

/** How far a run had come when it was killed: no lock yet, no rows yet, rows copied or committed, all but over. */
export type Reach = "starting" | "at work" | "with rows" | "ending";

/** How many kills met what. */
export type Met = Readonly<Record<Reach, number>>;

export const NONE_MET: Met = { starting: 0, "at work": 0, "with rows": 0, ending: 0 };

export interface Aim {
  /** Any of these is waited for first. */
  after?: readonly Milestone[];
  /** Then so much of an undisturbed run's time. */
  share: number;
}

/** Of all kills at least so many shall meet a run at work, and one that has moved rows. */
const AT_WORK = 1 / 2;
const WITH_ROWS = 1 / 3;
const LOCKED: readonly Milestone[] = ["run_lock_taken"];
const MOVED: readonly Milestone[] = ["copy_ended", "after_commit"];
const ENDING: Milestone = "after_history";
/** The share of an undisturbed run's time in which the program only starts, and of the kills that are to meet that. */
const STARTING = { time: 0.35, kills: 0.1 };
/** What a kill waits at most behind a milestone. */
const BEHIND = 0.05;
/** A moment that came too late for the first run of a round is tried again so much earlier. */
const EARLIER = 0.75;

/**
 * The moments of a series' kills: one at random within each of as many equal shares of a run, in random order, so that
 * a series meets its beginning, middle and end. Where too few of them have met a run at work, because the machine has
 * much else to do, more kills follow that wait until the run is there.
 */
export class KillPlan {
  readonly met: Record<Reach, number> = { ...NONE_MET };
  readonly #before: Met;
  readonly #random: () => number;
  readonly #shares: number[];

  /** Kills of other series count for this one too, where they are all judged together. */
  constructor(kills: number, seed: number, before = NONE_MET) {
    this.#before = before;
    this.#random = randomFrom(seed);
    const strata = shuffled(kills, this.#random);
    this.#shares = strata.map((stratum) => momentOf((stratum + this.#random()) / kills));
  }

  get kills(): number {
    return killsIn(this.met);
  }

  /** Undefined when there were kills enough. */
  next(): Aim | undefined {
    const [share] = this.#shares;
    if (share !== undefined) return { share };
    const later = { share: this.#random() * BEHIND };
    const met = sumOf([this.#before, this.met]);
    const kills = killsIn(met);
    if (met["with rows"] < kills * WITH_ROWS) return { after: MOVED, ...later };
    if (met["at work"] + met["with rows"] < kills * AT_WORK) return { after: LOCKED, ...later };
    return undefined;
  }

  hit(reach: Reach): void {
    this.met[reach] += 1;
    this.#shares.shift();
  }

  /** The run had ended before. One that went on with what another had left had less to do than a whole one. */
  missed(wasWhole: boolean): void {
    const [share] = this.#shares;
    if (share !== undefined && wasWhole) this.#shares[0] = share * EARLIER;
  }
}

export function sumOf(all: readonly Met[]): Met {
  const sum = { ...NONE_MET };
  for (const met of all) for (const reach of Object.keys(sum) as Reach[]) sum[reach] += met[reach];
  return sum;
}

export function killsIn(met: Met): number {
  return Object.values(met).reduce((sum, kills) => sum + kills, 0);
}

/** Each series has moments of its own. */
export function seedOf(seed: number, ...names: readonly string[]): number {
  return createHash("sha256")
    .update([seed, ...names].join("\0"))
    .digest()
    .readUInt32LE();
}

export function reachOf(milestones: readonly string[]): Reach {
  const has = (some: readonly string[]) => some.some((name) => milestones.includes(name));
  if (has([ENDING])) return "ending";
  if (has(MOVED)) return "with rows";
  return has(LOCKED) ? "at work" : "starting";
}

function momentOf(share: number): number {
  const { time, kills } = STARTING;
  return share < kills ? (share / kills) * time : time + ((share - kills) / (1 - kills)) * (1 - time);
}

function shuffled(count: number, random: () => number): number[] {
  const numbers = Array.from({ length: count }, (_, i) => ({ i, at: random() }));
  return numbers.sort((a, b) => a.at - b.at).map(({ i }) => i);
}
