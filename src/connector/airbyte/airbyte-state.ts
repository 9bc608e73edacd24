import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { JointCursor, JointStream } from "../define-connector.ts";
import { hasInexactNumber, parseExactJson } from "../formats/exact-numbers.ts";
import type { CatalogStream } from "./airbyte-catalog.ts";
import { descriptorOf, type StreamIndex } from "./stream-index.ts";

/**
 * A source's states come in one of three forms. What one says of a single stream becomes that stream's own cursor, so
 * that it can be looked at and reset by itself; the rest is kept for the connection.
 */

export interface KeptState {
  /** In what form the source gives its states. */
  form?: "stream" | "global" | "legacy";
  /** Of the form `global`: what all streams share. Of the form `legacy`: what is not a single stream's. */
  shared?: JsonValue;
}

/** What the source goes on from; undefined when it starts from nothing. */
export function joinState(
  streams: readonly JointStream[],
  kept: KeptState,
  catalog: readonly CatalogStream[],
): JsonValue | undefined {
  const own = streams.flatMap((stream) => {
    const of = catalog.find(({ id }) => id === stream.name);
    if (of === undefined || stream.cursor === undefined || stream.cursor === null) return [];
    return [{ of, state: restored(stream.cursor) }];
  });
  const shared = kept.shared === undefined ? undefined : restored(kept.shared);
  if (own.length === 0 && shared === undefined) return undefined;
  if (kept.form === "legacy")
    return { ...objectOf(shared), ...Object.fromEntries(own.map(({ of, state }) => [of.name, state])) };
  const states = own.map(({ of, state }) => ({ stream_descriptor: descriptorOf(of), stream_state: state }));
  if (kept.form !== "global") return states.map((stream) => ({ type: "STREAM", stream }));
  return [
    { type: "GLOBAL", global: { ...(shared === undefined ? {} : { shared_state: shared }), stream_states: states } },
  ];
}

/** A state that has come: what it moves, and how many records the source says it has given since the one before. */
export interface SplitState {
  cursor: JointCursor;
  records: number | undefined;
}

/** By stream that is loaded: whether its states are kept. */
export type KeepsState = ReadonlyMap<string, boolean>;

/** Undefined for a state of a stream that is not loaded. */
export function splitState(state: JsonObject, index: StreamIndex, chosen: KeepsState): SplitState | undefined {
  const records = countOf(state["sourceStats"]);
  if (state["type"] === "STREAM" && isJsonObject(state["stream"] ?? null)) {
    const { stream_descriptor, stream_state } = state["stream"] as JsonObject;
    const stream = index.described(stream_descriptor)?.id;
    if (stream === undefined || !chosen.has(stream)) return undefined;
    const reached = { kind: "cursor", of: stream } as const;
    if (chosen.get(stream) !== true) return { cursor: reached, records };
    const streams = { [stream]: storable(stream_state ?? {}) };
    return { cursor: { ...reached, global: { form: "stream" }, streams }, records };
  }
  if (state["type"] === "GLOBAL" && isJsonObject(state["global"] ?? null))
    return { cursor: globalCursor(state["global"] as JsonObject, index, chosen), records };
  return { cursor: legacyCursor(objectOf(state["data"]), index, chosen), records: undefined };
}

function globalCursor(state: JsonObject, index: StreamIndex, chosen: KeepsState): JointCursor {
  const listed = Array.isArray(state["stream_states"]) ? state["stream_states"].filter(isJsonObject) : [];
  const streams: Record<string, JsonValue> = {};
  for (const { stream_descriptor, stream_state } of listed) {
    const id = index.described(stream_descriptor)?.id;
    if (id !== undefined && chosen.get(id) === true) streams[id] = storable(stream_state ?? {});
  }
  const shared = state["shared_state"];
  const kept = shared === undefined || shared === null ? {} : { shared: storable(shared) };
  return { kind: "cursor", global: { form: "global", ...kept }, streams };
}

/** Of one document those parts that stand under the name of a stream are its own. */
function legacyCursor(data: JsonObject, index: StreamIndex, chosen: KeepsState): JointCursor {
  const streams: Record<string, JsonValue> = {};
  const rest: JsonObject = {};
  for (const [key, value] of Object.entries(data)) {
    const id = index.find(key, undefined)?.id;
    if (id === undefined || !chosen.has(id)) rest[key] = value;
    else if (chosen.get(id) === true) streams[id] = storable(value);
  }
  return { kind: "cursor", global: { form: "legacy", shared: storable(rest) }, streams };
}

function countOf(stats: JsonValue | undefined): number | undefined {
  const { recordCount } = objectOf(stats);
  return typeof recordCount === "number" ? recordCount : undefined;
}

/** Numbers that a double cannot hold would not come back from where states are kept: they are kept as text then. */
function storable(state: JsonValue): JsonValue {
  const text = JSON.stringify(state);
  return hasInexactNumber(text) ? { json_text: text } : state;
}

function restored(state: JsonValue): JsonValue {
  const { json_text, ...others } = objectOf(state);
  const isText = typeof json_text === "string" && Object.keys(others).length === 0;
  return isText ? (parseExactJson(json_text) as JsonValue) : state;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value ?? null) ? (value as JsonObject) : {};
}
