import type { JsonValue } from "./json.ts";

/** What fits beside other words on a line. */
const MOST_CHARACTERS = 60;

/** Where a stream goes on, for people: the cursor itself if it is short enough to be read. */
export function continuationText(cursor: JsonValue): string {
  const text = typeof cursor === "string" ? cursor : JSON.stringify(cursor);
  return text.length > MOST_CHARACTERS ? "where it was left" : text;
}
