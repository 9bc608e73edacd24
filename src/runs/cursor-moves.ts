import { canonicalJson, isJsonObject, type JsonValue } from "../core/json.ts";
import { pathText } from "../core/path-text.ts";
import type { RunComparison } from "./compare-runs.ts";

/** A place of a cursor that is not the same in two states. */
export interface CursorMove {
  stream: string;
  /** `files["orders.csv"].rows`; empty for the cursor itself. */
  place: string;
  first: JsonValue;
  second: JsonValue;
}

/** What a cursor's text may take on a line of a report. */
const MOST_CHARACTERS = 80;

/** Only the places that moved: a cursor over many files is long, and most of it stays. */
export function cursorMoves(state: RunComparison["state"]): CursorMove[] {
  return state.flatMap(({ stream, first, second }) =>
    differences(first, second).map(({ path, ...values }) => ({ stream, place: pathText(path), ...values })),
  );
}

/** A value of a cursor for people. */
export function cursorValueText(value: JsonValue): string {
  const text = value === null ? "none" : typeof value === "string" ? value : JSON.stringify(value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}

interface Difference {
  path: string[];
  first: JsonValue;
  second: JsonValue;
}

function differences(first: JsonValue, second: JsonValue, path: string[] = []): Difference[] {
  if (!isJsonObject(first) || !isJsonObject(second)) {
    return canonicalJson(first) === canonicalJson(second) ? [] : [{ path, first, second }];
  }
  const keys = [...new Set([...Object.keys(first), ...Object.keys(second)])];
  return keys.flatMap((key) => differences(first[key] ?? null, second[key] ?? null, [...path, key]));
}
