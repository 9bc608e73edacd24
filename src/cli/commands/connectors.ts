import type { CommandSpec, GroupSpec } from "../command.ts";

const list: CommandSpec = {
  name: "list",
  summary: "List what can be connected",
  run: async (context) => (await import("../actions/connectors.ts")).listConnectors(context),
};

const show: CommandSpec = {
  name: "show",
  summary: "Show a connector's options and secrets",
  notes: "They are what --option and --secret of `sluice connections add` take.",
  arguments: [{ name: "name", description: "the connector", candidates: "connector" }],
  run: async (context, input) => (await import("../actions/connectors.ts")).showConnector(context, input),
};

const create: CommandSpec = {
  name: "new",
  summary: "Write the beginning of a connector and its test into the workspace",
  arguments: [{ name: "name", description: "lower case letters, digits and _" }],
  examples: ["sluice connectors new weather"],
  run: async (context, input) => (await import("../actions/connectors-new.ts")).createConnector(context, input),
};

const importSpec: CommandSpec = {
  name: "import",
  summary: "Draft the streams of a rest_api connection from an OpenAPI description",
  notes: "Prints options for a person to look through; what has to be decided is said on stderr. Nothing is written.",
  arguments: [{ name: "file", description: "an OpenAPI 3 description, as JSON", candidates: "file" }],
  examples: ["sluice connectors import openapi.json > options.json"],
  run: async (context, input) => (await import("../actions/connectors-import.ts")).importDescription(context, input),
};

export const connectors: GroupSpec = {
  name: "connectors",
  summary: "What can be connected; write a new connector",
  commands: [list, show, create, importSpec],
};
