import type { OptionSpec } from "../command.ts";

/** How a run goes: the same for people and for programs. */
export const runOptions: readonly OptionSpec[] = [
  { flags: "--stream <name>", description: "only this stream (again for more)", many: true, candidates: "stream" },
  { flags: "--full-refresh", description: "start from the beginning and replace the tables" },
  { flags: "--dry-run", description: "say what would be loaded, load nothing" },
  { flags: "--retries <n>", description: "further attempts after a failure that may pass" },
  { flags: "--backoff <seconds>", description: "pause before the first further attempt" },
  { flags: "--timeout <seconds>", description: "stop a run that takes longer" },
];
