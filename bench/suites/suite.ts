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
  /** Only tables of `databases` and cases of `merge` whose names hold one of these. */
  only?: readonly string[];
}

/** Whether a table or a case is to be measured. */
export function isWanted({ only }: BenchSettings, name: string): boolean {
  return only === undefined || only.some((part) => name.includes(part));
}
