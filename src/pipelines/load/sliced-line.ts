import type { SlicedRows } from "../../connector/define-connector.ts";
import { COPY_NULL, type PlainToken } from "../../databases/postgres/cell-encoder.ts";
import type { CopyText } from "../../databases/postgres/copy-text.ts";
import type { Column } from "./table-schema.ts";
import { suspicious } from "./text-problem.ts";

const NULL = Buffer.from(COPY_NULL);

/** Where a column's values are in a row, and which of them are passed on as they stand. */
export interface Place {
  column: Column;
  /** Of its bounds among those of a row; -1 when no field is for this column. */
  bound: number;
  plain: PlainToken | undefined;
}

/** A row, and what is to be made of it. */
export interface Line {
  index: number;
  places: readonly Place[];
  /** Bounds of fields that no column is for. */
  open: readonly number[];
  /** What the line begins with. */
  lead: Buffer;
}

/** Adds the row's line; false when the row needs a closer look: some of its line may have been added then. */
export type AddLine = (out: CopyText, sliced: SlicedRows, line: Line) => boolean;

/** Adds what an encoder has made of a value, and has room for two bytes more; false when it needs a closer look. */
export function addCell(out: CopyText, cell: string | undefined): boolean {
  if (cell === undefined || suspicious(cell)) return false;
  out.addText(cell);
  out.reserve(2);
  return true;
}

/** Adds "no value", and has room for two bytes more; false when the column must have one. */
export function addNull(out: CopyText, column: Column): boolean {
  if (column.required) return false;
  out.reserve(NULL.length + 2);
  out.add(NULL, 0, NULL.length);
  return true;
}
