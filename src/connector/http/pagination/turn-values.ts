import type { JsonObject, JsonValue } from "../../../core/json.ts";
import { pathKeys } from "../json-path.ts";
import type { PageTurn } from "./paginator.ts";

/** Where a paginator puts a value: the query, or the JSON body at a dotted path. */
export type ParamPlace = "query" | "body";

/** A turn that carries these values, by parameter or by path. */
export function turnWith(values: Readonly<Record<string, string | number>>, place: ParamPlace = "query"): PageTurn {
  if (place === "query") return { params: { ...values } };
  const body: JsonObject = {};
  for (const [path, value] of Object.entries(values)) put(body, pathKeys(path), value);
  return { body };
}

/** The number that a turn carries there. */
export function numberIn(turn: PageTurn, param: string, place: ParamPlace = "query"): number | undefined {
  const found = place === "query" ? turn.params?.[param] : valueAt(turn.body, pathKeys(param));
  return asNumber(found);
}

export function asNumber(value: unknown): number | undefined {
  if (value === undefined || value === null || value === "" || typeof value === "boolean") return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** A cursor as it goes into a parameter; undefined for what means that there is none. */
export function asCursor(value: unknown): string | number | undefined {
  if (typeof value === "number" || typeof value === "bigint") return typeof value === "bigint" ? String(value) : value;
  if (typeof value === "string") return value === "" ? undefined : value;
  // A number whose digits a double cannot hold.
  const raw = value as { rawJSON?: unknown } | null | undefined;
  return typeof raw === "object" && raw !== null && typeof raw.rawJSON === "string" ? raw.rawJSON : undefined;
}

function put(body: JsonObject, keys: readonly string[], value: string | number): void {
  const [key = "", ...rest] = keys;
  if (rest.length === 0) {
    body[key] = value;
    return;
  }
  const inner = body[key];
  const below: JsonObject = typeof inner === "object" && inner !== null && !Array.isArray(inner) ? inner : {};
  body[key] = below;
  put(below, rest, value);
}

function valueAt(body: JsonValue | undefined, keys: readonly string[]): JsonValue | undefined {
  let found = body;
  for (const key of keys) {
    found = typeof found === "object" && found !== null && !Array.isArray(found) ? found[key] : undefined;
  }
  return found;
}
