import type { SlicedRows } from "../../connector/define-connector.ts";
import { ABSENT, PARSED, valueAt } from "../../connector/sliced-batch.ts";
import { freeBytes } from "../../core/free-bytes.ts";
import { COPY_NULL, type PlainToken, plainTokenOf } from "../../databases/postgres/cell-encoder.ts";
import { CopyText } from "../../databases/postgres/copy-text.ts";
import { temporalBytes } from "../../databases/postgres/temporal-bytes.ts";
import type { Column } from "./table-schema.ts";
import { suspicious } from "./text-problem.ts";

const QUOTE = 0x22;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const DOT = 0x2e;
const LOWER_F = 0x66;
const LOWER_N = 0x6e;
const LOWER_T = 0x74;
const NULL = Buffer.from(COPY_NULL);

/** More than a load has on their way to the server; larger ones are not kept. */
const KEPT_BUFFERS = 40;
const KEPT_BYTES = 512 * 1024;
/** For what lines hold besides their values: a buffer of a huge row need not grow for it. */
const SPARE_BYTES = 64 * 1024;

/** Where a column's values are in a row, and which of them are passed on as they stand. */
interface Place {
  column: Column;
  /** Of its bounds among those of a row; -1 when no field is for this column. */
  bound: number;
  plain: PlainToken | undefined;
}

/** What a row is made into when it is not plainly one of the table: a line, or nothing when it is refused. */
export type OtherLine = (index: number) => string;

/**
 * Makes lines of COPY text from rows that nothing has been made of yet: what a column takes as it stands is copied, byte
 * by byte, and never is a string. Every other value goes the way of all values, and a row with any that does not fit is
 * left to `otherwise`.
 */
export class SlicedLines {
  readonly #free: Buffer[] = [];

  /** All rows, each line beginning with `lead`. `release` gives the buffer back. */
  encode(
    sliced: SlicedRows,
    columns: readonly Column[],
    { lead, otherwise }: { lead: string; otherwise: OtherLine },
  ): { copy: Buffer; release: () => void } {
    const places = placesOf(sliced, columns);
    const open = openBounds(sliced, columns);
    const leadBytes = Buffer.from(lead);
    const out = new CopyText(this.#free.pop());
    out.reserve(sliced.bytes.length + SPARE_BYTES);
    for (let index = 0; index < sliced.count; index++) {
      const before = out.length;
      if (!sliced.records.has(index) && addLine(out, sliced, { index, places, open, lead: leadBytes })) continue;
      out.length = before;
      out.addText(otherwise(index));
    }
    const buffer = out.bytes;
    return { copy: buffer.subarray(0, out.length), release: () => this.#keep(buffer) };
  }

  #keep(buffer: Buffer): void {
    if (buffer.length <= KEPT_BYTES && this.#free.length < KEPT_BUFFERS) this.#free.push(buffer);
    else freeBytes(buffer);
  }
}

function placesOf({ columns: keys }: SlicedRows, columns: readonly Column[]): Place[] {
  const positions = new Map(keys.map((key, at) => [key, 2 * at]));
  return columns.map((column) => ({
    column,
    bound: column.variant ? -1 : (positions.get(column.key) ?? -1),
    plain: plainTokenOf(column.type),
  }));
}

/** Bounds of fields that no column is for. */
function openBounds({ columns: keys }: SlicedRows, columns: readonly Column[]): number[] {
  const known = new Set(columns.filter(({ variant }) => !variant).map(({ key }) => key));
  return keys.flatMap((key, at) => (known.has(key) ? [] : [2 * at]));
}

interface Line {
  index: number;
  places: readonly Place[];
  open: readonly number[];
  lead: Buffer;
}

/** False when the row needs a closer look; some of its line may have been added then. */
function addLine(out: CopyText, sliced: SlicedRows, { index, places, open, lead }: Line): boolean {
  const { bounds, bytes } = sliced;
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
      if (!addValue(out, column, valueAt(sliced, first + bound))) return false;
    } else {
      if (column.required) return false;
      out.reserve(NULL.length + 2);
      out.add(NULL, 0, NULL.length);
    }
  }
  out.addByte(LINE_FEED);
  return true;
}

function isValue(start: number, bytes: Uint8Array): boolean {
  return start !== ABSENT && (start <= PARSED || bytes[start] !== LOWER_N);
}

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

function addValue(out: CopyText, column: Column, value: unknown): boolean {
  const cell = column.typed(value);
  if (cell === undefined || suspicious(cell)) return false;
  out.addText(cell);
  out.reserve(2);
  return true;
}
