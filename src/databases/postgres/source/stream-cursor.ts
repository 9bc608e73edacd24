import { formatCount } from "../../../core/count-text.ts";
import { SluiceError } from "../../../core/errors.ts";
import { isJsonObject, type JsonValue } from "../../../core/json.ts";

/**
 * How far a stream has been read. `by` names the source's columns: the cursor column and, where there is one, the key
 * that tells equal values apart; nothing when the stream has no cursor column.
 */
export interface StreamCursor {
  by: string[];
  /** The source's own texts of the last row; the cursor column's alone when all rows of that value have been read. */
  at?: string[];
  /** A first read that is under way: part by part, page by page. */
  pass?: Pass;
}

export interface Pass {
  /** The last row when it began: what is behind it belongs to the next read. Absent without a cursor column. */
  upper?: string[];
  part: number;
  node: string;
  /** The first that has not been read. */
  page: number;
  /** What has been read behind that: ranges are read side by side, and need not end in their order. */
  ahead?: PageRange[];
}

/** Pages of one part. */
export interface PageRange {
  part: number;
  node: string;
  from: number;
  /** The first that does not belong to it; undefined when it goes on to the end, wherever that is. */
  to?: number | undefined;
}

export function cursorValue({ by, at, pass }: StreamCursor): JsonValue {
  const progress = pass === undefined ? {} : { pass: { ...pass } as unknown as JsonValue };
  return { v: 1, by, ...(at === undefined ? {} : { at }), ...progress };
}

/** @throws SluiceError source_cursor when the value is none that this connector has given */
export function parseCursor(value: JsonValue, label: string): StreamCursor {
  if (isJsonObject(value) && value.v === 1 && isTexts(value.by)) {
    const { by, at, pass } = value;
    if (isTexts(at)) return { by, at };
    if (isJsonObject(pass)) {
      const { upper, part, node, page, ahead = [] } = pass;
      if (typeof part === "number" && typeof node === "string" && typeof page === "number" && isRanges(ahead)) {
        const further = ahead.length === 0 ? {} : { ahead };
        return { by, pass: { part, node, page, ...(isTexts(upper) ? { upper } : {}), ...further } };
      }
    }
  }
  throw unfit(label, "it is not a cursor of this kind of stream");
}

/** `updated_at 2026-11-20 10:00:00+00, id 88`, or where a first read has got to. */
export function describeCursor(value: JsonValue): string | undefined {
  const { by, at, pass } = parseCursor(value, "the stream");
  if (at !== undefined) return at.map((text, index) => `${by[index]} ${text}`).join(", ");
  return pass === undefined ? undefined : `page ${formatCount(pass.page)} of a first read`;
}

export function unfit(label: string, what: string, cause?: unknown): SluiceError {
  return new SluiceError(
    "source_cursor",
    `continuing ${label} from its stored cursor: ${what}. \`sluice run --full-refresh\` loads it anew; a stream that is merged may also be read from its beginning by \`sluice state reset\`.`,
    cause === undefined ? {} : { cause },
  );
}

function isRanges(value: JsonValue): value is JsonValue & PageRange[] {
  return Array.isArray(value) && value.every(isRange);
}

function isRange(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  const { part, node, from, to } = value;
  const isEnd = to === undefined || typeof to === "number";
  return typeof part === "number" && typeof node === "string" && typeof from === "number" && isEnd;
}

function isTexts(value: JsonValue | undefined): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
