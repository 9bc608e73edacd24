import { subscribe } from "node:diagnostics_channel";

/** Ends its process like a crash, the n-th time that it reaches a milestone: `CRASH_KILL_AT=before_commit:2`. */
const [milestone, n] = (process.env["CRASH_KILL_AT"] ?? "").split(":");
let left = Number(n);

subscribe("sluice:milestone", (name) => {
  if (name !== milestone) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, "SIGKILL");
});
