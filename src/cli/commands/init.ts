import type { CommandSpec } from "../command.ts";

export const init: CommandSpec = {
  name: "init",
  summary: "Make a workspace",
  notes:
    "Makes config.json, .dlt/secrets.toml, connectors/ and the folders for runs, in --workspace or the current folder. What is there already stays as it is.",
  options: [
    { flags: "--destination <name>", description: 'where rows go: "embedded" unless given', candidates: "destination" },
  ],
  examples: ["sluice init", "sluice init --workspace ./loads --destination postgres"],
  run: async (context, input) => (await import("../actions/init.ts")).initWorkspace(context, input),
};
