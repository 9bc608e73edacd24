import type { CommandSpec } from "../command.ts";

export const ui: CommandSpec = {
  name: "ui",
  summary: "Open the screens",
  notes:
    "The same as sluice alone on a terminal, at a place of your choice. NO_COLOR, SLUICE_THEME and SLUICE_SCREEN_READER=1 are obeyed.",
  arguments: [
    {
      name: "place",
      description:
        "connections/<name>, runs, runs/<id>, compare/<id>/<id>, state, state/<name>, secrets, database or doctor",
      optional: true,
    },
  ],
  options: [
    {
      flags: "--theme <theme>",
      description: "colours; auto asks the terminal for its background",
      candidates: ["auto", "dark", "light", "high-contrast", "none"],
    },
    { flags: "--screen-reader", description: "plain text from top to bottom" },
  ],
  examples: ["sluice ui", "sluice ui connections/orders", "sluice ui runs/latest", "sluice ui doctor"],
  async run(context, input) {
    const exit_code = await context.screens({
      workspace: context.workspaceFlag,
      place: input.optionalArgument("place"),
      theme: input.text("theme"),
      ...(input.flag("screen-reader") ? { screenReader: true } : {}),
    });
    return { data: null, text: "", streamed: true, exit_code };
  },
};
