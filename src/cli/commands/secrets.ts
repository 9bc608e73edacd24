import type { ArgumentSpec, CommandSpec, GroupSpec } from "../command.ts";

const owner: ArgumentSpec = {
  name: "owner",
  description: "a connection, a connector, or destination.<name>",
  candidates: "connection",
};
const field: ArgumentSpec = { name: "field", description: "the secret's name: token, password …" };

const list: CommandSpec = {
  name: "list",
  summary: "List the names of secrets and where each has its value; never a value",
  notes: "Values come from .dlt/secrets.toml or the environment, which wins: SOURCES__TEAM_BOARD__TOKEN.",
  arguments: [{ ...owner, optional: true }],
  run: async (context, input) => (await import("../actions/secrets.ts")).listSecrets(context, input),
};

const set: CommandSpec = {
  name: "set",
  summary: "Set a secret, typed unseen or read from stdin",
  notes: "The value is never an argument: other programs of this machine could read it there.",
  arguments: [owner, field],
  options: [{ flags: "--stdin", description: "read the value from stdin, even from a terminal" }],
  examples: ["sluice secrets set team_board token", "pass show db | sluice secrets set destination.postgres password"],
  run: async (context, input) => (await import("../actions/secrets.ts")).setByName(context, input),
};

const unset: CommandSpec = {
  name: "unset",
  summary: "Take a secret out of the secrets file",
  arguments: [owner, field],
  options: [{ flags: "--yes", description: "do not ask" }],
  run: async (context, input) => (await import("../actions/secrets.ts")).unsetByName(context, input),
};

export const secrets: GroupSpec = {
  name: "secrets",
  summary: "Name, set and unset secrets",
  commands: [list, set, unset],
};
