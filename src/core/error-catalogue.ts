import { commandErrors } from "./catalogue/command-errors.ts";
import { configErrors } from "./catalogue/config-errors.ts";
import { destinationErrors } from "./catalogue/destination-errors.ts";
import { runErrors } from "./catalogue/run-errors.ts";
import { sourceErrors } from "./catalogue/source-errors.ts";

export type { CatalogueEntry, Recovery, Stage } from "./catalogue/catalogue-entry.ts";

/** Every code that Sluice can report. `docs/errors.md` has a section for each; a test holds the two together. */
export const errorCatalogue = {
  ...commandErrors,
  ...configErrors,
  ...destinationErrors,
  ...sourceErrors,
  ...runErrors,
};

export type ErrorCode = keyof typeof errorCatalogue;
