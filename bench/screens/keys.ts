import { setTimeout as sleep } from "node:timers/promises";
import type { Terminal } from "../../test/tui/harness/pseudo-terminal.ts";
import { costOf } from "./processor-time.ts";

/** A key that draws nothing is not waited for any longer. */
const DRAWN_WITHIN_MS = 1_000;
const POLL_MS = 2;
/** What is drawn for the key, files that are read for it included, is over then. */
const AFTER_MS = 150;

/** Presses keys one by one, each when the one before has been drawn; resolves to the processor time of one, in ms. */
export async function costOfKey(terminal: Terminal, keys: readonly string[]): Promise<number> {
  const { cpu_ms } = await costOf(terminal.pid, async () => {
    for (const key of keys) await pressAndSee(terminal, key);
    await sleep(AFTER_MS);
  });
  return cpu_ms / keys.length;
}

/** Resolves to the milliseconds until the next picture. */
export async function pressAndSee(terminal: Terminal, key: string): Promise<number> {
  const before = terminal.frames();
  const at = performance.now();
  terminal.send(key);
  while (terminal.frames() === before && performance.now() - at < DRAWN_WITHIN_MS) await sleep(POLL_MS);
  return performance.now() - at;
}

/** Resolves when nothing has been drawn for a while. */
export async function settled(terminal: Terminal, quiet_ms = 600): Promise<void> {
  for (let before = -1; before !== terminal.frames(); ) {
    before = terminal.frames();
    await sleep(quiet_ms);
  }
}
