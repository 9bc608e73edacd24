import { NAME_PATTERN } from "../core/ids.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../core/json.ts";

/** The version that this Sluice writes. */
export const CONFIG_VERSION = 1;

/**
 * One step per version, from the one it is listed under to the next. A step works on a copy in memory; the file itself
 * is only rewritten with the next change. Steps are never edited once released.
 */
const steps: Readonly<Record<number, (config: JsonObject) => JsonObject>> = { 0: fromUnversioned };

/** The file's version; a file that names none is version 0. Undefined when it names something that is no version. */
export function versionOf(config: JsonObject): number | undefined {
  const { version = 0 } = config;
  return typeof version === "number" && Number.isInteger(version) && version >= 0 ? version : undefined;
}

/** The config in the newest shape; the same object when it has that shape already. */
export function migrateConfig(config: JsonObject): JsonObject {
  let migrated = config;
  for (let step = steps[versionOf(config) ?? -1]; step !== undefined; step = steps[versionOf(migrated) ?? -1]) {
    migrated = step(structuredClone(migrated));
  }
  return migrated;
}

/**
 * Version 0 had no version. Names were free text, `schema` held the connector's own settings directly, and `state` was
 * whatever the connector kept there.
 */
function fromUnversioned(config: JsonObject): JsonObject {
  const { version: _none, connections, ...rest } = config;
  const entries = isJsonObject(connections)
    ? Object.entries(connections).map(([name, value]) => (isJsonObject(value) ? { name, ...value } : value))
    : connections;
  if (!Array.isArray(entries)) return { version: 1, connections: entries ?? [], ...rest };
  const names = new Set<string>();
  return { version: 1, connections: entries.map((entry) => connectionFromUnversioned(entry, names)), ...rest };
}

function connectionFromUnversioned(entry: JsonValue, names: Set<string>): JsonValue {
  if (!isJsonObject(entry)) return entry;
  const { name, schema, state, ...rest } = entry;
  return {
    ...nameFromFreeText(name, names),
    ...rest,
    ...(schema === undefined ? {} : { schema: settingsFromUnversioned(schema) }),
    ...(state === undefined ? {} : { state: stateFromUnversioned(state) }),
  };
}

/** `Team Board!` becomes `team_board` with the old name as its title. */
function nameFromFreeText(name: JsonValue | undefined, taken: Set<string>): JsonObject {
  if (typeof name !== "string") return name === undefined ? {} : { name };
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain.replace(/[^a-z0-9]+/g, "_").replace(/^[_0-9]+|_+$/g, "");
  const stem = NAME_PATTERN.test(name) ? name : words.slice(0, 55).replace(/_+$/, "") || "connection";
  let unique = stem;
  for (let n = 2; stem !== name && taken.has(unique); n++) unique = `${stem}_${n}`;
  taken.add(unique);
  return unique === name ? { name } : { name: unique, title: name };
}

const OWN_SETTINGS = ["namespace", "options", "streams", "drift", "max_rejects", "metadata", "nul"];

function settingsFromUnversioned(schema: JsonValue): JsonValue {
  if (!isJsonObject(schema)) return schema;
  const own = Object.entries(schema).filter(([key]) => OWN_SETTINGS.includes(key));
  const connectors = Object.entries(schema).filter(([key]) => !OWN_SETTINGS.includes(key));
  const options = isJsonObject(schema.options) ? schema.options : {};
  return { ...Object.fromEntries(own), options: { ...Object.fromEntries(connectors), ...options } };
}

/** Old cursors are kept for `sluice state adopt`; a destination that does not know them does not trust them. */
function stateFromUnversioned(state: JsonValue): JsonValue {
  if (!isJsonObject(state) || "revision" in state) return state;
  const streams = Object.entries(state).map(([stream, cursor]) => [stream, { cursor }]);
  return { version: 1, revision: 0, destination_id: null, global: {}, streams: Object.fromEntries(streams) };
}
