import type { ChosenColumn } from "./choose-columns.ts";
import type { ColumnInfo } from "./column-info.ts";

/** How a stream is loaded unless the connection says otherwise. */
export interface Proposal {
  mode: "replace" | "merge";
  primaryKey: string[];
  cursorField?: string;
}

/** Names by which applications note when a row was last changed, the commonest first. */
const CHANGED =
  /^(updated|modified|changed)(_?(at|on|time|date|datetime|timestamp|ts))?$|^(last|date|time)_?(updated|modified|changed)(_?(at|on))?$|^(last_?(update|change|modification)|(update|modification|change))_?(time|date|datetime|timestamp|at|on|ts)?$/i;

/**
 * Merge by the time of the last change where a table has one that is never null, and a key to know rows again by;
 * else replace, which is always right.
 */
export function proposeLoading(columns: readonly ChosenColumn[], key: readonly string[]): Proposal {
  const named = key.map((name) => columns.find(({ source }) => source.name === name)?.name);
  const primaryKey = named.filter((name) => name !== undefined);
  if (primaryKey.length === 0 || primaryKey.length < key.length) return { mode: "replace", primaryKey: [] };
  const changed = columns.find(({ source }) => isTimeOfChange(source));
  return changed === undefined
    ? { mode: "replace", primaryKey }
    : { mode: "merge", primaryKey, cursorField: changed.name };
}

function isTimeOfChange({ name, carried, nullable }: ColumnInfo): boolean {
  return !nullable && /^timestamp/.test(carried) && CHANGED.test(name);
}
