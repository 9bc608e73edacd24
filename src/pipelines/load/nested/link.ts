import { fitIdentifier } from "../../../databases/postgres/identifiers.ts";
import { freeName, normaliseName, PARENT_PREFIX, POSITION, ROW_ID } from "../../../databases/postgres/names.ts";
import type { StreamPlan } from "../plan.ts";

/** The columns by which a row of a child table says which row of the stream it belongs to, and where it stood there. */
export interface Link {
  /** Hold what tells the stream's rows apart: their key under `merge`, else the id that each was given. */
  parent: readonly string[];
  /** Places in the lists on the way, from 1, the outermost first; the last one is the row's own. */
  positions: readonly string[];
}

export function linkOf({ mode, primary_key }: Pick<StreamPlan, "mode" | "primary_key">, depth: number): Link {
  const taken = new Set<string>();
  const parent = mode === "merge" ? primary_key.map((key) => parentName(normaliseName(key), taken)) : [PARENT_ROW_ID];
  const above = Array.from({ length: depth - 1 }, (_, i) => `${POSITION}_${i + 1}`);
  return { parent, positions: [...above, POSITION] };
}

const PARENT_ROW_ID = `${PARENT_PREFIX}row_id`;

function parentName(key: string, taken: Set<string>): string {
  const name = freeName(fitIdentifier(`${PARENT_PREFIX}${key}`), (candidate) => taken.has(candidate));
  taken.add(name);
  return name;
}

const RESERVED = /^_+sluice_(?:row_id|position(?:_\d+)?|parent_.*)$/s;

/** A source's own field that bears the name of such a column: with one more underscore no two become the same. */
export function fieldKey(key: string): string {
  return key.startsWith("_") && RESERVED.test(key) ? `_${key}` : key;
}

/** Columns that Sluice made, whose coming is no news about the source. */
export function isLinkKey(key: string): boolean {
  return key === ROW_ID || (RESERVED.test(key) && !key.startsWith("__"));
}
