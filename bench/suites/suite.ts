import type { Contest } from "../pairs.ts";

export interface BenchSettings {
  /** Where data sets are kept from one bench to the next. */
  folder: string;
  /** Multiplies how many rows, files and pages each suite takes. */
  scale: number;
  pairs: number;
  by: Contest["by"];
  /** Only what tells most, for a look within a minute. */
  light: boolean;
}
