import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Aim, type Reach, reachOf } from "./kill-plan.ts";
import { ALREADY_RUNNING, PATIENCE_MS, PAUSE_MS, type Started, startRun } from "./program.ts";

export interface KilledRun {
  root: string;
  aim: Aim;
  /** The time that an undisturbed run takes. */
  undisturbed_ms: number;
  flags?: readonly string[] | undefined;
}

const POLL_MS = 5;

/** Runs `killed` and kills it with SIGKILL. Undefined when it had ended by then, with success. */
export async function runAndKill({ root, aim, undisturbed_ms, flags = [] }: KilledRun): Promise<Reach | undefined> {
  const notes = join(root, "milestones");
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    await rm(notes, { force: true });
    const run = startRun(root, "killed", { preload: "note-milestones", env: { CRASH_NOTES: notes }, flags });
    await killAt(run, notes, aim, undisturbed_ms);
    const { signal, code, output } = await run.ended;
    if (signal === "SIGKILL") return reachOf(await notesIn(notes));
    if (code === 0) return undefined;
    // The destination may still think that the run before lives.
    if (code !== ALREADY_RUNNING || Date.now() > deadline) throw new Error(`killed ended with ${code}:\n${output}`);
    await sleep(PAUSE_MS);
  }
}

async function killAt(
  { child, ended }: Started,
  notes: string,
  { after, share }: Aim,
  whole_ms: number,
): Promise<void> {
  let isOver = false;
  const over = ended.then(() => {
    isOver = true;
  });
  const isThere = async () => (await notesIn(notes)).some((name) => after?.some((milestone) => milestone === name));
  while (after !== undefined && !isOver && !(await isThere())) await sleep(POLL_MS);
  const timer = new AbortController();
  const { signal } = timer;
  await Promise.race([over, sleep(share * whole_ms, undefined, { signal }).catch(() => {})]);
  timer.abort();
  child.kill("SIGKILL");
}

/** No file before the first. */
async function notesIn(path: string): Promise<string[]> {
  return (await readFile(path, "utf8").catch(() => "")).split("\n");
}
