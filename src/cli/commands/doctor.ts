import type { CommandSpec } from "../command.ts";

export const doctor: CommandSpec = {
  name: "doctor",
  summary: "Check everything that can be checked",
  notes:
    "Looks at Node, the workspace's files and folders, the destination and each connection's settings; the sources are not asked (`sluice connections test` does that). Each failure comes with its remedy. Exit code 1 when something is wrong.",
  options: [{ flags: "--fix", description: "mend what can be mended without a choice to make" }],
  run: async (context, input) => (await import("../actions/doctor.ts")).examine(context, input),
};
