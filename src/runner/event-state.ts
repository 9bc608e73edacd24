import type { JsonObject, JsonValue } from "../core/json.ts";
import type { StateMirror } from "../pipelines/load/plan.ts";

/** A cursor over thousands of files would make an event as long as the state: longer ones are only measured. */
const MAX_CURSOR_CHARACTERS = 4000;

/** A cursor as events show it. */
export function cursorForEvent(cursor: JsonValue): JsonValue {
  const characters = JSON.stringify(cursor).length;
  return characters <= MAX_CURSOR_CHARACTERS ? cursor : { abridged: true, characters };
}

/** A state as events show it; the summary and the destination hold it whole. */
export function stateForEvent(state: StateMirror | undefined): JsonValue {
  if (state === undefined) return null;
  const streams: JsonObject = {};
  for (const [name, { cursor }] of Object.entries(state.streams)) streams[name] = { cursor: cursorForEvent(cursor) };
  return { ...state, streams };
}
