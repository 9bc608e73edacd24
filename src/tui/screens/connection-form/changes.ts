import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import { withValue } from "../../ui/form-fields.ts";

/** One place where two objects differ; undefined where it is not there at all. */
export interface Change {
  path: readonly string[];
  from: JsonValue | undefined;
  to: JsonValue | undefined;
}

/** Where two objects differ, as deep as both have objects; lists are compared whole. */
export function changesBetween(from: JsonObject, to: JsonObject, path: readonly string[] = []): Change[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  return keys.flatMap((key): Change[] => {
    const [before, after] = [from[key], to[key]];
    if (isJsonObject(before) && isJsonObject(after)) return changesBetween(before, after, [...path, key]);
    if (before !== undefined && after !== undefined && canonicalJson(before) === canonicalJson(after)) return [];
    return [{ path: [...path, key], from: before, to: after }];
  });
}

export function applyChanges(object: JsonObject, changes: readonly Change[]): JsonObject {
  return changes.reduce((result, { path, to }) => withValue(result, path, to), object);
}

/** `schema.options.path: "a.csv" → "b.csv"` */
export function changeLine({ path, from, to }: Change): string {
  return `${path.join(".")}: ${textOf(from)} → ${textOf(to)}`;
}

function textOf(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
