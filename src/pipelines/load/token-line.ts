import type { SlicedRows } from "../../connector/define-connector.ts";
import { ABSENT, isValue, PARSED, valueAt } from "../../connector/sliced-batch.ts";
import type { PlainToken } from "../../databases/postgres/cell-encoder.ts";
import type { CopyText } from "../../databases/postgres/copy-text.ts";
import { temporalBytes } from "../../databases/postgres/temporal-bytes.ts";
import { addCell, addNull, type Line, type Place } from "./sliced-line.ts";

const TAB = 0x09;
const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const DOT = 0x2e;
const LOWER_F = 0x66;
const LOWER_T = 0x74;

/** The line of values of JSON. */
export function addTokenLine(out: CopyText, sliced: SlicedRows, { index, places, open, lead }: Line): boolean {
  const { bounds, bytes } = sliced;
  if (sliced.records.has(index)) return false;
  const first = 2 * index * sliced.columns.length;
  for (const bound of open) if (isValue(bounds[first + bound] as number, bytes)) return false;
  out.reserve(lead.length + 1);
  out.add(lead, 0, lead.length);
  for (let i = 0; i < places.length; i++) {
    const { column, bound, plain } = places[i] as Place;
    if (i > 0) out.addByte(TAB);
    const start = bound === -1 ? ABSENT : (bounds[first + bound] as number);
    if (isValue(start, bytes)) {
      const end = bounds[first + bound + 1] as number;
      if (start > PARSED && plain !== undefined && addPlain(out, bytes, { start, end, plain })) continue;
      if (!addCell(out, column.typed(valueAt(sliced, first + bound)))) return false;
    } else if (!addNull(out, column)) return false;
  }
  out.addByte(LINE_FEED);
  return true;
}

/** A token among the bytes of rows, and what its column takes as it stands. */
interface Token {
  start: number;
  end: number;
  plain: PlainToken;
}

/** False when the token is not one that may be passed on as it stands. */
function addPlain(out: CopyText, bytes: Buffer, { start, end, plain }: Token): boolean {
  const code = bytes[start] as number;
  out.reserve(end - start + 2);
  if (code === QUOTE) {
    if (plain !== "string" && temporalBytes(bytes, start + 1, end - 1) !== plain) return false;
    out.add(bytes, start + 1, end - 1);
    return true;
  }
  if (code === LOWER_T || code === LOWER_F) {
    if (plain !== "boolean") return false;
    out.addByte(code);
    return true;
  }
  if (plain !== "number" && (plain !== "integer" || hasPoint(bytes, start, end))) return false;
  out.add(bytes, start, end);
  return true;
}

function hasPoint(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === DOT) return true;
  return false;
}
