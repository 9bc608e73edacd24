import { expect, test } from "vitest";
import { type Aim, KillPlan, type Reach, reachOf, seedOf } from "./kill-plan.ts";

/** The aims of a plan whose kills meet what is said, or the last of it again and again. */
function aimsOf(plan: KillPlan, ...reaches: Reach[]): Aim[] {
  const aims: Aim[] = [];
  for (let aim = plan.next(); aim !== undefined && aims.length < 100; aim = plan.next()) {
    aims.push(aim);
    plan.hit(reaches[Math.min(aims.length, reaches.length) - 1] ?? "with rows");
  }
  return aims;
}

const sharesOf = (seed: number, kills = 9) => aimsOf(new KillPlan(kills, seed)).map(({ share }) => share);

test("a seed gives the same moments again, and each series others", () => {
  const seed = seedOf(7, "a file", "append");
  expect(sharesOf(seed)).toEqual(sharesOf(seedOf(7, "a file", "append")));
  const others = [seedOf(7, "a file", "merge"), seedOf(7, "an API", "append"), seedOf(8, "a file", "append")];
  expect(new Set([seed, ...others].map((each) => sharesOf(each, 1)[0])).size).toBe(4);
});

test("kills are spread over the whole of a run, in no order of their own", () => {
  for (let seed = 0; seed < 200; seed++) {
    const shares = sharesOf(seed, 10);
    const sorted = shares.toSorted((a, b) => a - b);
    // One meets the start; the others have nine equal parts of the rest.
    expect(sorted[0]).toBeLessThan(0.35);
    const parts = sorted.slice(1).map((share) => Math.floor((share - 0.35) / (0.65 / 9) + 1e-9));
    expect(parts).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    if (seed === 0) expect(shares).not.toEqual(sorted);
  }
});

test("kills that met no run at work are followed by some that wait for one", () => {
  const plan = new KillPlan(6, 1);
  const aims = aimsOf(plan, "starting", "starting", "starting", "starting", "at work", "ending", "with rows");
  expect(aims.slice(0, 6).every(({ after }) => after === undefined)).toBe(true);
  const awaited = aims.slice(6).map(({ after }) => after?.[0]);
  expect(awaited).toEqual(["copy_ended", "copy_ended", "copy_ended", "run_lock_taken"]);
  const { kills, met } = plan;
  expect(met["with rows"]).toBeGreaterThanOrEqual(kills / 3);
  expect(met["with rows"] + met["at work"]).toBeGreaterThanOrEqual(kills / 2);
});

test("kills of series before count where all are judged together", () => {
  const before = { starting: 0, "at work": 1, "with rows": 1, ending: 0 };
  expect(aimsOf(new KillPlan(1, 1, before), "starting")).toHaveLength(1);
  expect(aimsOf(new KillPlan(1, 1), "starting", "with rows")).toHaveLength(2);
});

test("kills that met runs at work are all that there are", () => {
  expect(aimsOf(new KillPlan(6, 1), "at work", "with rows", "with rows", "at work")).toHaveLength(6);
});

test("a moment that came too late is tried again earlier, unless the run had only the rest to do", () => {
  const plan = new KillPlan(3, 1);
  const { share = 0 } = plan.next() ?? {};
  plan.missed(false);
  expect(plan.next()).toEqual({ share });
  plan.missed(true);
  expect(plan.next()?.share).toBeLessThan(share);
});

test("what a killed run has reached is told by its milestones", () => {
  expect(reachOf([])).toBe("starting");
  expect(reachOf(["file_lock_taken", "run_lock_taken"])).toBe("at work");
  expect(reachOf(["run_lock_taken", "copy_ended", "before_commit"])).toBe("with rows");
  expect(reachOf(["run_lock_taken", "copy_ended", "after_commit", "after_history"])).toBe("ending");
});
