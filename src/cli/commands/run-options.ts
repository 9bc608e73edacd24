import type { OptionSpec } from "../command.ts";

/** How a run goes: the same for people and for programs. */
export const runOptions: readonly OptionSpec[] = [
  { flags: "--stream <name>", description: "only this stream (can be repeated)", many: true, candidates: "stream" },
  { flags: "--full-refresh", description: "read everything from the beginning and replace the tables" },
  { flags: "--dry-run", description: "say what would be loaded, load nothing" },
  {
    flags: "--retries <n>",
    description: "further attempts after a failure that may pass, 2 unless config.json says otherwise",
  },
  {
    flags: "--backoff <seconds>",
    description: "pause before the first further attempt, 2 unless config.json says otherwise; it doubles each time",
  },
  {
    flags: "--timeout <seconds>",
    description: "stop a run that takes longer; what is committed stays. No limit unless config.json has one",
  },
];
