import { fitIdentifier } from "./identifiers.ts";

/** Columns that Sluice itself adds to tables. */
export const LOADED_AT = "_sluice_loaded_at";
export const RUN_ID = "_sluice_run_id";
/** Of tables that keep history: when a version of a row became the current one, and when it ceased to be. */
export const VALID_FROM = "_sluice_valid_from";
export const VALID_TO = "_sluice_valid_to";
/** Names that every table of Postgres has taken already. */
export const SERVER_COLUMNS: readonly string[] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
/** Of tables whose rows hold lists that are tables of their own: what rows of those find their row by. */
export const ROW_ID = "_sluice_row_id";
/** Of a list's table: begins the names of the columns that say whose row it is. */
export const PARENT_PREFIX = "_sluice_parent_";
/** Of a list's table: where in the list the row stood. */
export const POSITION = "_sluice_position";
export const SYSTEM_COLUMNS: readonly string[] = [LOADED_AT, RUN_ID, VALID_FROM, VALID_TO];

/**
 * The snake_case name that a source's own name becomes: `US Gross` → `us_gross`, `dateLastActivity` →
 * `date_last_activity`, `1st` → `_1st`. Letters of any script stay. At most 63 bytes, a longer one ends in a hash.
 */
export function normaliseName(source: string): string {
  const words = source
    .normalize("NFC")
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, "$1_$2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1_$2")
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, "_")
    .replace(/_+$/u, "")
    .toLowerCase();
  const leading = /^_*/.exec(source)?.[0] ?? "";
  const trimmed = words.replace(/^_+/, "");
  const name = leading.slice(0, 2) + trimmed;
  if (name === "" || name === leading.slice(0, 2)) return "unnamed";
  return fitIdentifier(/^\p{N}/u.test(name) ? `_${name}` : name);
}

/** The first of `name`, `name_2`, `name_3` … that is not taken. */
export function freeName(name: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(name)) return name;
  for (let n = 2; ; n++) {
    const candidate = fitIdentifier(name, `_${n}`);
    if (!isTaken(candidate)) return candidate;
  }
}
