import type { ArgumentSpec, CommandSpec, GroupSpec, OptionSpec } from "../command.ts";

const run: ArgumentSpec = {
  name: "run",
  description: 'the run\'s id, its beginning, or "latest", which it is unless given',
  optional: true,
  candidates: "run",
};
const connection: OptionSpec = {
  flags: "--connection <name>",
  description: "only runs of this connection",
  candidates: "connection",
};

const list: CommandSpec = {
  name: "list",
  summary: "List past runs, newest first",
  options: [
    connection,
    {
      flags: "--status <status>",
      description: "only runs that ended so",
      candidates: ["success", "partial", "failed", "cancelled", "interrupted", "running"],
    },
    { flags: "--limit <n>", description: "how many to list, 20 unless given" },
  ],
  run: async (context, input) => (await import("../actions/runs.ts")).listPastRuns(context, input),
};

const show: CommandSpec = {
  name: "show",
  summary: "Show the summary of a run",
  arguments: [run],
  options: [connection],
  run: async (context, input) => (await import("../actions/runs.ts")).showRun(context, input),
};

const logs: CommandSpec = {
  name: "logs",
  summary: "Show the events of a run",
  arguments: [run],
  options: [
    connection,
    { flags: "-f, --follow", description: "show what is added, until the run ends" },
    {
      flags: "--level <level>",
      description: "this level and above, all unless given",
      candidates: ["debug", "info", "warn", "error"],
    },
    { flags: "--stream <name>", description: "only events of this stream", candidates: "stream" },
    {
      flags: "--kind <kind>",
      description: "only events of this kind: checkpoint.commit, or http.* for all that begin so",
      candidates: "kind",
    },
  ],
  json: "one JSON line for each event",
  examples: ["sluice runs logs", "sluice runs logs -f --connection orders --level warn"],
  run: async (context, input) => (await import("../actions/runs-logs.ts")).showLogs(context, input),
};

const stop: CommandSpec = {
  name: "stop",
  summary: "Stop a run that is going on, or some of its streams",
  notes:
    "The run stops at its next checkpoint. What was committed stays; the next run goes on from the cursors that are kept by then, and reads anew what has none. Without --stream it ends as `cancelled`; a run that loses only some of its streams ends as `partial`. Any run of the workspace can be stopped, whoever started it.",
  arguments: [
    {
      name: "run",
      description: "the run's id or its beginning; not needed when only one is going on",
      optional: true,
      candidates: "run",
    },
  ],
  options: [
    { ...connection, description: "the run of this connection" },
    { flags: "--stream <name>", description: "stop only this stream", many: true, candidates: "stream" },
  ],
  examples: ["sluice runs stop", "sluice runs stop --connection orders --stream lines"],
  run: async (context, input) => (await import("../actions/runs-stop.ts")).stopRun(context, input),
};

const compare: CommandSpec = {
  name: "compare",
  summary: "Compare two runs: rows, times, state, warnings",
  arguments: [
    { ...run, name: "first", description: 'a run\'s id, its beginning, or "latest"', optional: false },
    { ...run, name: "second", description: "the run to hold against it", optional: false },
  ],
  examples: ["sluice runs compare 0193f0c2 latest --json"],
  run: async (context, input) => (await import("../actions/runs-compare.ts")).compareTwoRuns(context, input),
};

export const runs: GroupSpec = {
  name: "runs",
  summary: "Look at runs and their logs; compare and stop them",
  commands: [list, show, logs, compare, stop],
};
