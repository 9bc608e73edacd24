import type { CommandSpec, OptionSpec } from "./command.ts";

/** What every command takes. */
export const globalOptions: readonly OptionSpec[] = [workspaceOption(), jsonOption("one JSON document on stdout")];

/** All options of a command, its own first. */
export function optionsOf({ options = [], json }: CommandSpec): readonly OptionSpec[] {
  return [...options, ...(json === undefined ? globalOptions : [workspaceOption(), jsonOption(json)])];
}

function workspaceOption(): OptionSpec {
  return {
    flags: "--workspace <folder>",
    description: "the workspace to work in, found from the current folder upwards unless given",
    candidates: "folder",
  };
}

function jsonOption(description: string): OptionSpec {
  return { flags: "--json", description };
}
