import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { JointStream, Mode } from "../define-connector.ts";

/** One stream of a source's catalog. */
export interface CatalogStream {
  /** What we call it: its name, with its namespace in front where it has one. */
  id: string;
  name: string;
  namespace: string | undefined;
  schema: JsonValue | undefined;
  /** Of its key, the columns; none where parts of the key stand deeper in the record. */
  keys: string[];
  isIncremental: boolean;
  /** The source reads on by a cursor of its own, whatever it is told. */
  hasOwnCursor: boolean;
  cursorPath: string[];
  /** A read of the whole can be gone on with. */
  isResumable: boolean;
  /** As the source wrote it. */
  raw: JsonObject;
}

/** Reads the catalog of a CATALOG message. Throws source_format for anything else. */
export function parseAirbyteCatalog(catalog: unknown, from: string): CatalogStream[] {
  const { streams } = isJsonObject(catalog ?? null) ? (catalog as JsonObject) : {};
  if (!Array.isArray(streams)) throw notACatalog(from, "it has no list of streams");
  return streams.map((stream) => streamOf(stream, from));
}

function streamOf(raw: JsonValue, from: string): CatalogStream {
  if (!isJsonObject(raw)) throw notACatalog(from, "one of its streams is not an object");
  const { name, namespace: given, json_schema: schema, is_resumable, source_defined_cursor } = raw;
  if (typeof name !== "string" || name === "") throw notACatalog(from, "one of its streams has no name");
  const namespace = typeof given === "string" && given !== "" ? given : undefined;
  const key = pathsOf(raw["source_defined_primary_key"]);
  return {
    ...{ name, namespace, schema, raw },
    id: namespace === undefined ? name : `${namespace}.${name}`,
    keys: key.every((path) => path.length === 1) ? key.flat() : [],
    isIncremental: textsOf(raw["supported_sync_modes"]).includes("incremental"),
    hasOwnCursor: source_defined_cursor === true,
    cursorPath: textsOf(raw["default_cursor_field"]),
    isResumable: is_resumable === true,
  };
}

/** How a stream is best loaded, by what its catalog says. */
export function proposedLoading(stream: CatalogStream): {
  mode: Mode;
  primaryKey: readonly string[];
  cursorField?: string;
} {
  const { keys, cursorPath } = stream;
  if (!stream.isIncremental || !(stream.hasOwnCursor || cursorPath.length > 0))
    return { mode: "replace", primaryKey: keys };
  const cursor = cursorPath.length === 0 ? {} : { cursorField: cursorPath.join(".") };
  return { mode: keys.length > 0 ? "merge" : "append", primaryKey: keys, ...cursor };
}

/** Whether the source is to go on from where it was, or to give all of the stream. */
export function readsOn(stream: CatalogStream, { mode, cursorField }: JointStream): boolean {
  return mode !== "replace" && stream.isIncremental && (stream.hasOwnCursor || cursorField !== undefined);
}

/** The catalog that the source gets: the chosen streams. */
export function configuredCatalog(
  catalog: readonly CatalogStream[],
  chosen: readonly JointStream[],
  from: string,
): JsonObject {
  return {
    streams: chosen.map((one) => {
      const stream = catalog.find(({ id }) => id === one.name);
      if (stream === undefined) throw notACatalog(from, `"${one.name}" is no longer in it`);
      return configured(stream, one);
    }),
  };
}

const DESTINATION_MODES = { append: "append", merge: "append_dedup", replace: "overwrite" } as const;

function configured(stream: CatalogStream, one: JointStream): JsonObject {
  const { mode, primaryKey, cursorField } = one;
  const isPartial = readsOn(stream, one);
  const ownKey = pathsOf(stream.raw["source_defined_primary_key"]);
  const isDefault = cursorField === undefined || cursorField === stream.cursorPath.join(".");
  const cursor = isDefault ? stream.cursorPath : [cursorField];
  return {
    stream: stream.raw,
    sync_mode: isPartial ? "incremental" : "full_refresh",
    destination_sync_mode: DESTINATION_MODES[mode],
    ...(isPartial && cursor.length > 0 ? { cursor_field: cursor } : {}),
    primary_key: ownKey.length > 0 ? ownKey : primaryKey.map((key) => [key]),
  };
}

function pathsOf(value: JsonValue | undefined): string[][] {
  return Array.isArray(value) ? value.map(textsOf).filter((path) => path.length > 0) : [];
}

function textsOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function notACatalog(from: string, why: string): ConnectorError {
  const message = `reading the catalog of ${from}: ${why}. Look at what the source prints with \`discover\`, or report it to its authors.`;
  return new ConnectorError("source_format", message);
}
