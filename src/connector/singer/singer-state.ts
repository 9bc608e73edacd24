import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { JointCursor, JointStream } from "../define-connector.ts";

/**
 * A tap's state is one document for all of its streams. What stands under `bookmarks` by a stream's name becomes that
 * stream's own cursor, so that it can be looked at and reset by itself; the rest is kept for the connection.
 */

export interface KeptState {
  /** The tap's state without the bookmarks of the chosen streams. */
  state?: JsonObject;
  /** By stream, the version of its table that the rows are of. */
  versions?: Record<string, number>;
}

/** The state that the tap goes on from; undefined when it starts from nothing. */
export function joinState(streams: readonly JointStream[], kept: KeptState): JsonObject | undefined {
  const { bookmarks, currently_syncing, ...rest } = kept.state ?? {};
  const chosen = new Set(streams.map(({ name }) => name));
  const others = Object.entries(isJsonObject(bookmarks ?? null) ? (bookmarks as JsonObject) : {});
  const own = streams.flatMap(({ name, cursor }) => (cursor === undefined ? [] : [[name, cursor] as const]));
  const all: JsonObject = Object.fromEntries([...others.filter(([name]) => !chosen.has(name)), ...own]);
  const isEmpty = Object.keys(all).length === 0 && Object.keys(rest).length === 0;
  if (isEmpty) return undefined;
  const goesOn = typeof currently_syncing === "string" && isSaid(all[currently_syncing]);
  return { ...rest, ...(goesOn ? { currently_syncing } : {}), bookmarks: all };
}

/**
 * Taps that were interrupted begin with the stream that they were in. Some leave it out altogether where they find no
 * bookmark of it, which a stream that is read from its beginning has not.
 */
function isSaid(bookmark: JsonValue | undefined): boolean {
  return isJsonObject(bookmark ?? null) ? Object.keys(bookmark as JsonObject).length > 0 : (bookmark ?? null) !== null;
}

/** What a state of the tap's moves. */
export function splitState(
  value: JsonValue,
  streams: readonly JointStream[],
  versions: Record<string, number>,
): JointCursor {
  const state = isJsonObject(value) ? value : { value };
  const { bookmarks, ...rest } = state;
  const kept: JsonObject = { ...(Object.keys(versions).length > 0 ? { versions: { ...versions } } : {}) };
  if (!isJsonObject(bookmarks ?? null)) return { kind: "cursor", global: { ...kept, state } };
  const chosen = new Set(streams.map(({ name }) => name));
  const cursors: Record<string, JsonValue> = {};
  const others: JsonObject = {};
  for (const [name, bookmark] of Object.entries(bookmarks as JsonObject)) {
    if (chosen.has(name)) cursors[name] = bookmark;
    else others[name] = bookmark;
  }
  // A bookmark that the tap has dropped is one to be forgotten.
  for (const { name, cursor } of streams) if (cursor !== undefined && !(name in cursors)) cursors[name] = null;
  const remains = { ...rest, ...(Object.keys(others).length > 0 ? { bookmarks: others } : {}) };
  return { kind: "cursor", global: { ...kept, state: remains }, streams: cursors };
}
