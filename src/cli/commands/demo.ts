import type { CommandSpec } from "../command.ts";

export const demo: CommandSpec = {
  name: "demo",
  summary: "Load a real data set and show what arrived",
  notes: "Works on a copy in demo-workspace/, with the embedded Postgres. It can be run again and again.",
  run: async (context) => (await import("../actions/demo.ts")).runDemo(context),
};
