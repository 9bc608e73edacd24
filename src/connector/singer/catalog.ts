import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { Mode } from "../define-connector.ts";

/** One stream of a tap's catalog. */
export interface CatalogEntry {
  /** The tap's id of it, which is our stream's name. */
  id: string;
  /** What its messages call it, where that is known. */
  alias: string | undefined;
  schema: JsonValue | undefined;
  keys: string[];
  replicationMethod: string | undefined;
  replicationKey: string | undefined;
  /** As the tap wrote it. */
  raw: JsonObject;
}

/** Reads a catalog as taps print it. Throws source_format for anything else. */
export function parseCatalog(text: string, from: string): CatalogEntry[] {
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(text) as JsonValue;
  } catch {
    throw notACatalog(from, "it is not JSON");
  }
  if (!isJsonObject(parsed) || !Array.isArray(parsed["streams"])) throw notACatalog(from, "it has no list of streams");
  return parsed["streams"].map((entry) => entryOf(entry, from));
}

function entryOf(raw: JsonValue, from: string): CatalogEntry {
  if (!isJsonObject(raw)) throw notACatalog(from, "one of its streams is not an object");
  const id = raw["tap_stream_id"] ?? raw["stream"];
  if (typeof id !== "string") throw notACatalog(from, "one of its streams has no tap_stream_id");
  const root = rootMetadata(raw) ?? {};
  const key = [root["replication-key"], raw["replication_key"], firstOf(root["valid-replication-keys"])];
  return {
    ...{ id, raw, schema: raw["schema"] },
    alias: text(raw["stream_alias"]) ?? text(raw["stream"]),
    keys: texts(raw["key_properties"] ?? root["table-key-properties"] ?? root["view-key-properties"]),
    replicationMethod: methodOf(
      root["forced-replication-method"],
      root["replication-method"],
      raw["replication_method"],
    ),
    replicationKey: firstText(...key),
  };
}

/** How a stream is best loaded, by what its catalog says. */
export function proposedLoading({ keys, replicationMethod, replicationKey }: CatalogEntry): {
  mode: Mode;
  primaryKey: readonly string[];
  cursorField?: string;
} {
  const isPartial = replicationMethod === undefined ? replicationKey !== undefined : replicationMethod !== "FULL_TABLE";
  const cursor = isPartial && replicationKey !== undefined ? { cursorField: replicationKey } : {};
  if (!isPartial) return { mode: "replace", primaryKey: keys };
  return { mode: keys.length > 0 ? "merge" : "append", primaryKey: keys, ...cursor };
}

export interface Selection {
  mode: Mode;
  cursorField: string | undefined;
  /** What the connection puts into the metadata. */
  metadata: JsonObject;
  isLeftOut: (property: string) => boolean;
}

/** The catalog that the tap gets: the chosen streams selected, all others not. */
export function selectInCatalog(entries: readonly CatalogEntry[], chosen: ReadonlyMap<string, Selection>): JsonObject {
  return {
    streams: entries.map((entry) => {
      const selection = chosen.get(entry.id);
      return selection === undefined ? unselected(entry) : selected(entry, selection);
    }),
  };
}

function unselected({ raw, schema }: CatalogEntry): JsonObject {
  const metadata = withRoot(raw, { selected: false });
  return { ...raw, selected: false, schema: { ...objectOf(schema), selected: false }, metadata };
}

function selected(entry: CatalogEntry, { mode, cursorField, metadata: given, isLeftOut }: Selection): JsonObject {
  const forced = text(rootMetadata(entry.raw)?.["forced-replication-method"]) !== undefined;
  const replication: JsonObject = forced ? {} : replicationOf(entry, mode, cursorField);
  const metadata = withRoot(entry.raw, { ...replication, ...given, selected: true }).map((item) => {
    const property = propertyOf(item);
    return property !== undefined && isLeftOut(property) ? withMetadata(item, { selected: false }) : item;
  });
  return {
    ...{ ...entry.raw, selected: true, metadata, schema: { ...objectOf(entry.schema), selected: true } },
    ...legacyReplication({ ...replication, ...given }),
  };
}

/** By what the connection wants, in the words that taps without an opinion of their own look for. */
function replicationOf(entry: CatalogEntry, mode: Mode, cursorField: string | undefined): JsonObject {
  if (mode === "replace") return { "replication-method": "FULL_TABLE" };
  if (cursorField === undefined) return {};
  if (entry.replicationMethod === "LOG_BASED") return {};
  return { "replication-method": "INCREMENTAL", "replication-key": cursorField };
}

/** Taps of the SDK read these besides the metadata. */
function legacyReplication(metadata: JsonObject): JsonObject {
  const found: JsonObject = {};
  if (metadata["replication-method"] !== undefined) found["replication_method"] = metadata["replication-method"];
  if (metadata["replication-key"] !== undefined) found["replication_key"] = metadata["replication-key"];
  return found;
}

function withRoot(raw: JsonObject, values: JsonObject): JsonObject[] {
  const items = metadataOf(raw);
  const isRoot = (item: JsonObject) => Array.isArray(item["breadcrumb"]) && item["breadcrumb"].length === 0;
  if (!items.some(isRoot)) return [{ breadcrumb: [], metadata: values }, ...items];
  return items.map((item) => (isRoot(item) ? withMetadata(item, values) : item));
}

function withMetadata(item: JsonObject, values: JsonObject): JsonObject {
  return { ...item, metadata: { ...objectOf(item["metadata"]), ...values } };
}

function propertyOf({ breadcrumb }: JsonObject): string | undefined {
  if (!Array.isArray(breadcrumb) || breadcrumb[0] !== "properties") return undefined;
  return text(breadcrumb[1]);
}

function rootMetadata(raw: JsonObject): JsonObject | undefined {
  const root = metadataOf(raw).find(({ breadcrumb }) => Array.isArray(breadcrumb) && breadcrumb.length === 0);
  return root === undefined ? undefined : objectOf(root["metadata"]);
}

function metadataOf({ metadata }: JsonObject): JsonObject[] {
  return Array.isArray(metadata) ? metadata.filter(isJsonObject) : [];
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value ?? null) ? (value as JsonObject) : {};
}

function methodOf(...values: (JsonValue | undefined)[]): string | undefined {
  return firstText(...values)?.toUpperCase();
}

/** Taps leave empty what they do not mean to say. */
function firstText(...values: (JsonValue | undefined)[]): string | undefined {
  return values.map(text).find((value) => value !== undefined);
}

function firstOf(value: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function notACatalog(from: string, why: string): ConnectorError {
  const message = `reading the catalog of ${from}: ${why}. Look at what the tap prints with --discover, or give a catalog file with the option \`catalog\`.`;
  return new ConnectorError("source_format", message);
}
