import { access, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Milestone } from "../../src/core/milestones.ts";
import { type Ended, type Started, type StartOptions, startRun } from "./program.ts";

export interface HeldRun extends AsyncDisposable {
  child: Started["child"];
  /** Lets it go on, and returns its end. */
  goOn(): Promise<Ended>;
}

/** Starts a run and returns when it stands still at a milestone. */
export async function heldRun(
  root: string,
  connection: string,
  milestone: Milestone,
  options: StartOptions = {},
): Promise<HeldRun> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-crash-held-"));
  const env = { ...options.env, CRASH_HOLD_AT: `${milestone}:1`, CRASH_HOLD: folder };
  const { child, ended } = startRun(root, connection, { ...options, preload: "hold-at", env });
  const goOn = async () => {
    await writeFile(join(folder, "go"), "");
    return ended;
  };
  const isHeld = () =>
    access(join(folder, "held")).then(
      () => true,
      () => child.exitCode !== null,
    );
  await expect.poll(isHeld, { timeout: 60_000, interval: 20 }).toBe(true);
  if (child.exitCode !== null) throw new Error(`the run has ended before ${milestone}:\n${(await ended).output}`);
  return {
    child,
    goOn,
    async [Symbol.asyncDispose]() {
      await goOn();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
