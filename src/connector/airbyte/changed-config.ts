import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { SourceSpec } from "./source-spec.ts";

/**
 * A source may change its own config while it runs: a refresh token is used up and a new one takes its place. Secret
 * fields are kept as the connection's secrets. What else has changed is kept beside them, in one secret of this name, with
 * what stood there before: whoever changes the field in the connection has the last word.
 */
export const CHANGED_CONFIG = "changed_config";

interface Change {
  path: string[];
  before: JsonValue | null;
  after: JsonValue;
}

export interface ConfigChanges {
  /** By name of the secret. */
  secrets: Record<string, string>;
  /** What else has changed, by path, with what was changed before; undefined when that is nothing new. */
  others: string | undefined;
}

/** What a source has changed of the config that it was given. */
export function configChanges(given: JsonObject, now: JsonObject, spec: SourceSpec, earlier?: string): ConfigChanges {
  const secrets: Record<string, string> = {};
  const others = readChanges(earlier);
  let isNew = false;
  for (const change of differences(given, now, [])) {
    const { path, after } = change;
    const isSecret = spec.secrets.some((field) => isDeepStrictEqual(field.path, path));
    if (isSecret) secrets[path.join("__")] = typeof after === "string" ? after : JSON.stringify(after);
    else isNew = true;
    const known = others.findIndex((other) => isDeepStrictEqual(other.path, path));
    const first = known === -1 ? undefined : others[known];
    if (isSecret) continue;
    if (known !== -1) others.splice(known, 1);
    others.push({ ...change, before: first?.before ?? change.before });
  }
  return { secrets, others: isNew ? JSON.stringify(others) : undefined };
}

/** A config with what the source has changed of it before. */
export function withChanges(config: JsonObject, changed: string | undefined): JsonObject {
  for (const { path, before, after } of readChanges(changed)) {
    const holder = holderOf(config, path);
    const key = path.at(-1) as string;
    if (isDeepStrictEqual(holder[key] ?? null, before)) holder[key] = after;
  }
  return config;
}

/** A field that is gone is no change: there is nothing to go on with. */
function* differences(given: JsonObject, now: JsonObject, path: readonly string[]): Generator<Change> {
  for (const [key, after] of Object.entries(now)) {
    const before = given[key] ?? null;
    const at = [...path, key];
    if (isDeepStrictEqual(before, after)) continue;
    if (isJsonObject(after)) yield* differences(isJsonObject(before) ? before : {}, after, at);
    else if (after !== null) yield { path: at, before, after };
  }
}

function holderOf(config: JsonObject, path: readonly string[]): JsonObject {
  return path.slice(0, -1).reduce((holder, key) => {
    const inner = holder[key];
    const next = isJsonObject(inner ?? null) ? (inner as JsonObject) : {};
    holder[key] = next;
    return next;
  }, config);
}

function readChanges(text: string | undefined): Change[] {
  return text === undefined ? [] : (JSON.parse(text) as Change[]);
}
