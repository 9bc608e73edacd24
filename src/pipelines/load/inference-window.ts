import type { RowBatch } from "../../connector/define-connector.ts";
import { rawNumber } from "../../databases/postgres/json-cell.ts";
import { isUntyped } from "./row-field.ts";

/** Enough to see most shapes of a source, small enough to hold and to wait for. */
const DEFAULT_ROWS = 1000;
/** Rows with more text than that are enough, however few: they are held in memory. */
const MAX_CHARACTERS = 16 * 1024 * 1024;

/**
 * The first batches of a stream, which are held back until their rows have said what the columns are. How many rows
 * are looked at depends on the rows alone and never on where batches were cut.
 */
export class InferenceWindow {
  readonly batches: RowBatch[] = [];
  readonly #wanted: number;
  /** Rows to look at. */
  rows = 0;
  #characters = 0;

  constructor(wanted = DEFAULT_ROWS) {
    this.#wanted = wanted;
  }

  get isFull(): boolean {
    return this.rows >= this.#wanted || this.#characters >= MAX_CHARACTERS;
  }

  add(batch: RowBatch): void {
    this.batches.push(batch);
    const count = "rows" in batch ? batch.rows.length : batch.values.length;
    for (let index = 0; index < count && !this.isFull; index++) {
      this.rows += 1;
      this.#characters += charactersIn(batch, index);
    }
  }
}

/** Of texts within the row: those are what can be large, and the same whatever form the rows have. */
function charactersIn(batch: RowBatch, index: number): number {
  if ("rows" in batch) return textIn(batch.rows[index]);
  const row = batch.values[index] as readonly unknown[];
  return row.reduce<number>((sum, value, at) => sum + (isUntyped(batch, at) && isNumber(value) ? 0 : textIn(value)), 0);
}

function isNumber(value: unknown): boolean {
  return typeof value === "string" && value.length < 1000 && /^-?\d/.test(value) && !Number.isNaN(Number(value));
}

/** However deep it lies: a value may be nested deeper than a stack is. */
function textIn(value: unknown): number {
  let characters = 0;
  const open = [value];
  while (open.length > 0) {
    const part = open.pop();
    if (typeof part === "string") characters += part.length;
    else if (typeof part === "object" && part !== null && rawNumber(part) === undefined) {
      for (const inner of Object.values(part)) open.push(inner);
    }
  }
  return characters;
}
