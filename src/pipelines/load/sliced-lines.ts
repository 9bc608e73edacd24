import type { SlicedRows } from "../../connector/define-connector.ts";
import { freeBytes } from "../../core/free-bytes.ts";
import { plainTokenOf } from "../../databases/postgres/cell-encoder.ts";
import { CopyText } from "../../databases/postgres/copy-text.ts";
import type { AddLine, Place } from "./sliced-line.ts";
import type { Column } from "./table-schema.ts";
import { addTextLine } from "./text-line.ts";
import { addTokenLine } from "./token-line.ts";

/** More than a load has on their way to the server; larger ones are not kept. */
const KEPT_BUFFERS = 40;
const KEPT_BYTES = 512 * 1024;
/** For what lines hold besides their values: a buffer of a huge row need not grow for it. */
const SPARE_BYTES = 64 * 1024;

/** What a row is made into when it is not plainly one of the table: a line, or nothing when it is refused. */
export type OtherLine = (index: number) => string;

/**
 * Makes lines of COPY text from rows that nothing has been made of yet: what a column takes as it stands is copied as
 * bytes, and never is a string. Every other value goes the way of all values, and a row with any that does not fit is
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
    const addLine: AddLine = sliced.untyped ? addTextLine : addTokenLine;
    const out = new CopyText(this.#free.pop());
    out.reserve(sliced.bytes.length + SPARE_BYTES);
    for (let index = 0; index < sliced.count; index++) {
      const before = out.length;
      if (addLine(out, sliced, { index, places, open, lead: leadBytes })) continue;
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
