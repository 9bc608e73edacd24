import { SluiceError } from "./errors.ts";
import type { JsonValue } from "./json.ts";

export interface CursorForm {
  /** The cursor that it takes the place of, if there is one. */
  before: JsonValue | undefined;
  /** As it was asked for; unless it was, the text itself decides. */
  as: "string" | "json" | undefined;
}

/**
 * A cursor as it was typed. What is valid JSON is JSON, all else is text: `2026-11-20`. A bare number, true, false or null
 * could be meant both ways, and stays text where the cursor before was text: connectors compare like with like.
 */
export function parseCursor(text: string, { before, as }: CursorForm): JsonValue {
  if (as === "string") return text;
  const isOpen = /^\s*[[{"]/.test(text);
  if (as === undefined && !isOpen && typeof before === "string") return text;
  try {
    return JSON.parse(text, keepExactly) as JsonValue;
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    if (as === undefined && !isOpen) return text;
    throw new SluiceError(
      "usage",
      `The cursor ${text} is not valid JSON. Quote it, or give --string if it is a text.`,
      {
        cause: error,
      },
    );
  }
}

/** JSON's own numbers would round what is longer, and the stream would be read from another place. */
function keepExactly(_key: string, value: unknown, { source = "" }: { source?: string } = {}): unknown {
  if (typeof value !== "number" || !/^-?\d+$/.test(source) || Number.isSafeInteger(value)) return value;
  throw new SluiceError(
    "usage",
    `The number ${source} is too long to be kept exactly. Give it as text, with --string.`,
  );
}
