import type { ArgumentSpec, CommandSpec, GroupSpec } from "../command.ts";

const name: ArgumentSpec = { name: "name", description: "the connection", candidates: "connection" };
const yes = { flags: "--yes", description: "do it without asking" };

const show: CommandSpec = {
  name: "show",
  summary: "Show how far each stream has been read, here and at the destination",
  arguments: [name],
  options: [{ flags: "--offline", description: "only what config.json says, without asking the destination" }],
  run: async (context, input) => (await import("../actions/state.ts")).showState(context, input),
};

const set: CommandSpec = {
  name: "set",
  summary: "Set the cursor of a stream: where its next run goes on from",
  arguments: [
    name,
    { name: "stream", description: "the stream", candidates: "stream" },
    { name: "cursor", description: "the new cursor, in the form that the stream has it; see `sluice state show`" },
  ],
  options: [
    { flags: "--string", description: "the cursor is text, whatever it looks like" },
    { flags: "--json-value", description: "the cursor is JSON" },
    yes,
  ],
  notes:
    "A cursor that is valid JSON is taken as JSON, anything else as text: 2026-11-20. A bare number stays text where the stream's cursor is text so far. --string and --json-value leave no doubt.",
  examples: [
    "sluice state set orders orders 2026-11-20",
    `sluice state set orders lines '{"value":7}'`,
    "sluice state set board cards 1042 --string",
  ],
  run: async (context, input) => (await import("../actions/state.ts")).setStreamCursor(context, input),
};

const reset: CommandSpec = {
  name: "reset",
  summary: "Forget how far streams have been read; the rows stay",
  notes:
    "The next run reads from the beginning. A stream that is merged or replaced ends up as it was; one that is appended has its rows twice: empty its table first, or use `sluice run --full-refresh`.",
  arguments: [name],
  options: [
    {
      flags: "--stream <name>",
      description: "only this stream, all unless given (can be repeated)",
      many: true,
      candidates: "stream",
    },
    yes,
  ],
  run: async (context, input) => (await import("../actions/state.ts")).resetState(context, input),
};

const adopt: CommandSpec = {
  name: "adopt",
  summary: "Take over a state that was edited in config.json",
  notes: "A run refuses to start when the state in config.json was edited by hand. This makes the edit count.",
  arguments: [name],
  options: [{ flags: "--backup <file>", description: "take the state that stands in this backup of config.json" }, yes],
  run: async (context, input) => (await import("../actions/state.ts")).adoptEdit(context, input),
};

const restore: CommandSpec = {
  name: "restore",
  summary: "Drop an edit of the state: config.json follows the destination again",
  notes: "A run refuses to start when the state in config.json was edited by hand. This undoes the edit.",
  arguments: [name],
  options: [yes],
  run: async (context, input) => (await import("../actions/state.ts")).restoreFromDestination(context, input),
};

export const state: GroupSpec = {
  name: "state",
  summary: "See and move how far streams have been read",
  commands: [show, set, reset, adopt, restore],
};
