import type { Connector } from "../connector/define-connector.ts";
import { SluiceError } from "../core/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";
import type { CommandInput } from "./command.ts";
import { looseValue, optionValue } from "./option-value.ts";

/** Puts what the flags of `add` and `edit` say into a connection's entry. */
export function applySettings(entry: JsonObject, input: CommandInput, connector: Connector | undefined): void {
  const title = input.text("title");
  const destination = input.text("destination");
  const namespace = input.text("namespace");
  const tags = input.list("tag");
  if (title !== undefined) entry.title = title;
  if (destination !== undefined) entry.destination = destination;
  if (namespace !== undefined) objectAt(entry, ["schema"]).namespace = namespace;
  if (tags.length > 0) entry.tags = tags;
  const options = objectAt(entry, ["schema", "options"]);
  for (const [key, values] of grouped(input.list("option"), "--option")) {
    options[key] = optionValue(key, values, connector);
  }
  for (const [path, values] of grouped(input.list("set"), "--set")) setAt(entry, path, looseValue(values));
}

/** `key=value` pairs by key, in order; a key given twice has several values. */
export function grouped(pairs: readonly string[], flag: string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1) throw new SluiceError("usage", `${flag} takes key=value, not "${pair}".`);
    const key = pair.slice(0, at);
    groups.set(key, [...(groups.get(key) ?? []), pair.slice(at + 1)]);
  }
  return groups;
}

/** The keys of `schema.streams["public.orders"].mode`: what has a dot in it stands in brackets and quotes. */
function keysOf(path: string): string[] {
  const parts = [...path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\.?([^.[\]"]+)/gy)];
  if (parts.map(([whole]) => whole).join("") !== path || path === "" || path.startsWith(".")) {
    const example = `schema.streams["public.orders"].mode`;
    throw new SluiceError("usage", `${path} is not the path of a setting. Write it like ${example}.`);
  }
  return parts.map(([, quoted, plain = ""]) => (quoted === undefined ? plain : JSON.parse(`"${quoted}"`)));
}

/** Sets `schema.streams.orders.mode` and the like, making the objects on the way. */
function setAt(entry: JsonObject, path: string, value: JsonValue): void {
  const keys = keysOf(path);
  const last = keys.pop() as string;
  objectAt(entry, keys)[last] = value;
}

/** Takes out what stands at a path. Throws `usage` when nothing does. */
export function unsetAt(entry: JsonObject, path: string): void {
  const keys = keysOf(path);
  const last = keys.pop() as string;
  let holder: JsonValue | undefined = entry;
  for (const key of keys) holder = isJsonObject(holder) ? holder[key] : undefined;
  if (!isJsonObject(holder) || !Object.hasOwn(holder, last)) {
    throw new SluiceError("usage", `There is no setting ${path} to take out. Nothing was changed.`);
  }
  delete holder[last];
}

function objectAt(entry: JsonObject, keys: readonly string[]): JsonObject {
  let holder = entry;
  for (const key of keys) {
    const inner = Object.hasOwn(holder, key) ? holder[key] : undefined;
    const next = isJsonObject(inner) ? inner : {};
    if (next !== inner) holder[key] = next;
    holder = next;
  }
  return holder;
}
