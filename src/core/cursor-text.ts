import type { JsonValue } from "./json.ts";

/** What fits beside other words on a line. */
const MOST_CHARACTERS = 100;

/** Where a stream goes on, for people: as its connector says it, else the cursor itself if it is short enough to be read. */
export function continuationText(
  cursor: JsonValue,
  describe: (cursor: JsonValue) => string | undefined = () => undefined,
): string {
  const text = attempt(() => describe(cursor)) ?? (typeof cursor === "string" ? cursor : JSON.stringify(cursor));
  return text.length > MOST_CHARACTERS ? "where it was left" : text;
}

/** A cursor of another kind is for the reading itself to refuse. */
function attempt(describe: () => string | undefined): string | undefined {
  try {
    return describe();
  } catch {
    return undefined;
  }
}
