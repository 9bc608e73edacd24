import type { OptionSpec } from "./command.ts";

/** What every command takes. */
export const globalOptions: readonly OptionSpec[] = [
  { flags: "--workspace <folder>", description: "the workspace's folder", candidates: "folder" },
  { flags: "--json", description: "one JSON document on stdout" },
];
