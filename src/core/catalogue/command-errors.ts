import type { CatalogueEntry } from "./catalogue-entry.ts";

/** Of the command line itself. */
export const commandErrors = {
  usage: {
    stage: "config",
    recovery: "stop_run",
    exit: 2,
    meaning: "The command line was not understood.",
    remedy: "Run the command with --help.",
  },
  needs_terminal: {
    stage: "config",
    recovery: "stop_run",
    exit: 2,
    meaning: "A question had to be asked, but there is no terminal to ask on.",
    remedy: "Give the flag that the message names.",
  },
  confirmation_required: {
    stage: "config",
    recovery: "stop_run",
    exit: 2,
    meaning: "The command would destroy something and was not confirmed.",
    remedy: "Look at what it would do, then add --yes.",
  },
} satisfies Record<string, CatalogueEntry>;
