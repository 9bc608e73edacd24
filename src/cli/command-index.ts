import type { TopLevelSpec } from "./command.ts";

export interface IndexEntry {
  name: string;
  summary: string;
  load(): Promise<TopLevelSpec>;
}

/** What `sluice --help` lists, in its order. A command's own file is imported only when it is asked for. */
export const commandIndex: readonly IndexEntry[] = [
  entry("init", "Make a workspace", async () => (await import("./commands/init.ts")).init),
  entry("ui", "Open the screens", async () => (await import("./commands/ui.ts")).ui),
  entry("run", "Run connections and show how it goes", async () => (await import("./commands/run.ts")).run),
  entry("headless", "Run one connection for a program: JSON lines on stdout", async () => {
    return (await import("./commands/headless.ts")).headless;
  }),
  entry("connections", "List, add, change, test and remove connections", async () => {
    return (await import("./commands/connections.ts")).connections;
  }),
  entry("secrets", "Name, set and unset secrets", async () => (await import("./commands/secrets.ts")).secrets),
  entry("settings", "See and change what holds for every connection", async () => {
    return (await import("./commands/settings.ts")).settings;
  }),
  entry(
    "state",
    "See and move how far streams have been read",
    async () => (await import("./commands/state.ts")).state,
  ),
  entry(
    "runs",
    "Look at runs and their logs; compare and stop them",
    async () => (await import("./commands/runs.ts")).runs,
  ),
  entry("db", "The destination: test it, set it up, query it", async () => (await import("./commands/db.ts")).db),
  entry("connectors", "What can be connected; write a new connector", async () => {
    return (await import("./commands/connectors.ts")).connectors;
  }),
  entry("doctor", "Check everything that can be checked", async () => (await import("./commands/doctor.ts")).doctor),
  entry("demo", "Load a real data set and show what arrived", async () => (await import("./commands/demo.ts")).demo),
  entry("completion", "Print a completion script for bash, zsh or fish", async () => {
    return (await import("./commands/completion.ts")).completion;
  }),
];

function entry(name: string, summary: string, load: IndexEntry["load"]): IndexEntry {
  return { name, summary, load };
}
