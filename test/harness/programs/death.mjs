import { existsSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { randomFrom } from "../../../bench/random.ts";

/**
 * To be called for every row that there is, given or not: says whether the program is to be killed before it. The same
 * seed means the same rows, wherever reading begins. Without `dies` it is never.
 */
export function fate(dies) {
  if (dies === undefined) return () => false;
  const random = randomFrom(dies.seed);
  return () => random() < dies.chance;
}

/**
 * Kills this process as a signal from outside does, unless one has died already since the file `once` was removed. What
 * it has said has been passed on by then, and every other time the beginning of a message after it.
 */
export async function dieOnce({ once, seed }) {
  if (existsSync(once)) return;
  writeFileSync(once, "");
  await new Promise((resolve) => process.stdout.write(seed % 2 === 0 ? "" : '{"type": "RECORD", "str', resolve));
  process.kill(process.pid, "SIGKILL");
  await sleep(1e9);
}
