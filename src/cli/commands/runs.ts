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

export const runs: GroupSpec = {
  name: "runs",
  summary: "Look at past runs and their logs",
  commands: [list, show, logs],
};
