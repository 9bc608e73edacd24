import { subscribe } from "node:diagnostics_channel";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Stands still the n-th time that its process reaches a milestone (`CRASH_HOLD_AT=before_commit:2`): makes the file
 * `held` in the folder `CRASH_HOLD` and goes on once there is a file `go`. Nothing else runs in the process meanwhile.
 */
const [milestone, n] = (process.env["CRASH_HOLD_AT"] ?? "").split(":");
const folder = process.env["CRASH_HOLD"] ?? "";
const POLL_MS = 5;
let left = Number(n);

subscribe("sluice:milestone", (name) => {
  if (name !== milestone) return;
  left -= 1;
  if (left !== 0) return;
  writeFileSync(join(folder, "held"), "");
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(join(folder, "go"))) Atomics.wait(never, 0, 0, POLL_MS);
});
