import type { ArgumentSpec, CommandSpec, GroupSpec } from "../command.ts";

const show: CommandSpec = {
  name: "show",
  summary: "Show the settings that hold for every connection",
  run: async (context) => (await import("../actions/settings.ts")).showSettings(context),
};

const pairs: ArgumentSpec = { name: "pairs", description: "as key=value", many: true };

const set: CommandSpec = {
  name: "set",
  summary: "Change settings that hold for every connection",
  notes: "All are checked before any is written. A connection's own settings and the flags of a run win over them.",
  arguments: [pairs],
  examples: ["sluice settings set retries=5 timeout_s=3600"],
  run: async (context, input) => (await import("../actions/settings.ts")).setSettings(context, input),
};

const unset: CommandSpec = {
  name: "unset",
  summary: "Go back to what holds when nothing is set",
  arguments: [{ name: "keys", description: "as `settings show` lists them", many: true }],
  examples: ["sluice settings unset timeout_s"],
  run: async (context, input) => (await import("../actions/settings.ts")).unsetSettings(context, input),
};

export const settings: GroupSpec = {
  name: "settings",
  summary: "See and change what holds for every connection",
  commands: [show, set, unset],
};
