import type { CommandSpec } from "../command.ts";

export const init: CommandSpec = {
  name: "init",
  summary: "Make a workspace",
  notes:
    "A workspace is a folder that holds your connections, their secrets and what their runs leave. This makes config.json, .dlt/secrets.toml, connectors/ and the folders for runs, in --workspace or the current folder. What is there already stays as it is.",
  options: [
    {
      flags: "--destination <name>",
      description: 'where rows go: a section of .dlt/secrets.toml, or "embedded" (a Postgres of its own, unless given)',
      candidates: "destination",
    },
  ],
  examples: ["sluice init", "sluice init --workspace ./loads --destination postgres"],
  run: async (context, input) => (await import("../actions/init.ts")).initWorkspace(context, input),
};
