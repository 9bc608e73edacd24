import type { CommandSpec } from "../command.ts";
import { runOptions } from "./run-options.ts";

export const run: CommandSpec = {
  name: "run",
  summary: "Run connections and show how it goes",
  notes:
    "Say which: by name, with --all, or with --tag. They run in order, or several at a time with --parallel; each goes on from where its last run stopped. Progress goes to stderr, the report to stdout. Exit code 4 says that some succeeded and some did not.",
  arguments: [
    { name: "name", description: "connections to run", optional: true, many: true, candidates: "connection" },
  ],
  options: [
    { flags: "--all", description: "every enabled connection" },
    {
      flags: "--tag <tag>",
      description: "every enabled connection with this tag (can be repeated)",
      many: true,
      candidates: "tag",
    },
    ...runOptions,
    { flags: "--fail-fast", description: "do not start more connections after one failed" },
    { flags: "--parallel <n>", description: "connections at a time, 1 unless given" },
    { flags: "--verbose", description: "a line on stderr for everything that happens, each request too" },
  ],
  examples: ["sluice run orders", "sluice run --all --parallel 4", "sluice run orders --stream lines --full-refresh"],
  run: async (context, input) => (await import("../actions/run.ts")).runConnections(context, input),
};
