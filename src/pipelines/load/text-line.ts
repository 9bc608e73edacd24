import type { SlicedRows } from "../../connector/define-connector.ts";
import { ABSENT, SPECIAL, valueAt } from "../../connector/sliced-batch.ts";
import type { PlainToken } from "../../databases/postgres/cell-encoder.ts";
import type { CopyText } from "../../databases/postgres/copy-text.ts";
import { isBigintBytes, isNumericBytes } from "../../databases/postgres/number-bytes.ts";
import { temporalBytes } from "../../databases/postgres/temporal-bytes.ts";
import { addCell, addNull, type Line, type Place } from "./sliced-line.ts";

const TAB = 0x09;
const LINE_FEED = 0x0a;
const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");

/** No text begins or ends there, or next to there. */
const NOTHING = -2;

/** The line of untyped texts. Those that stand side by side, a tab between them, are copied together. */
export function addTextLine(out: CopyText, sliced: SlicedRows, { index, places, open, lead }: Line): boolean {
  const { bounds, bytes } = sliced;
  const first = 2 * index * sliced.columns.length;
  for (const bound of open) if (bounds[first + bound] !== ABSENT) return false;
  out.reserve(lead.length + 2);
  out.add(lead, 0, lead.length);
  // What is to be copied next.
  let from = NOTHING;
  let to = NOTHING;
  for (let i = 0; i < places.length; i++) {
    const { column, bound, plain } = places[i] as Place;
    const start = bound === -1 ? ABSENT : (bounds[first + bound] as number);
    const end = bounds[first + bound + 1] as number;
    const isPlain = start >= 0 && plain !== undefined && isTextOf(plain, bytes, start, end);
    if (isPlain && start === to + 1 && bytes[to] === TAB) {
      to = end;
      continue;
    }
    addTexts(out, bytes, from, to);
    if (i > 0) out.addByte(TAB);
    from = isPlain ? start : NOTHING;
    to = isPlain ? end : NOTHING;
    if (isPlain) continue;
    if (!addOther(out, sliced, { column, start, bound: first + bound, plain })) return false;
  }
  addTexts(out, bytes, from, to);
  out.addByte(LINE_FEED);
  return true;
}

/** Adds what cannot be copied as it stands, and has room for two bytes more; false when that needs a closer look. */
function addOther(
  out: CopyText,
  sliced: SlicedRows,
  { column, start, bound, plain }: Place & { start: number },
): boolean {
  if (start === ABSENT) return addNull(out, column);
  if (plain !== "string") return addCell(out, column.untyped(valueAt(sliced, bound)));
  const isAdded = out.addEscaped(sliced.bytes, SPECIAL - start, sliced.bounds[bound + 1] as number);
  out.reserve(2);
  return isAdded;
}

/** Adds them, and has room for two bytes more. */
function addTexts(out: CopyText, bytes: Uint8Array, from: number, to: number): void {
  out.reserve(to - from + 2);
  out.add(bytes, from, to);
}

/** Whether the text from `start` to `end` may be passed on as it stands. */
function isTextOf(plain: PlainToken, bytes: Uint8Array, start: number, end: number): boolean {
  if (plain === "string") return true;
  if (plain === "integer") return isBigintBytes(bytes, start, end);
  if (plain === "number") return isNumericBytes(bytes, start, end);
  if (plain === "boolean") return isWord(TRUE, bytes, start, end) || isWord(FALSE, bytes, start, end);
  return temporalBytes(bytes, start, end) === plain;
}

function isWord(word: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}
