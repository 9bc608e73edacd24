import type { Mode } from "../../../connector/define-connector.ts";
import { uuidv7 } from "../../../core/ids.ts";

/** Digits of a UUID that count the rows of one load; those before them are its time and 42 random bits. */
const COUNTED_DIGITS = 8;
const COUNTED = 16 ** COUNTED_DIGITS;

/**
 * Gives every row an id, by which the rows of its lists find it. Where it stays in the table it must be like no other,
 * also of other loads at the same time: it is a UUID. Under `merge` rows are found by their key in the end, and the id
 * only has to tell those apart that are staged together.
 */
export class RowIds {
  readonly #isLasting: boolean;
  #prefix = "";
  #next = 0;

  constructor(mode: Mode) {
    this.#isLasting = mode !== "merge";
  }

  /** Ids of so many rows, by their index. */
  take(count: number): (index: number) => string {
    const first = this.#isLasting ? this.#room(count) : this.#next;
    this.#next = first + count;
    if (!this.#isLasting) return (index) => `${first + index}`;
    const prefix = this.#prefix;
    return (index) => prefix + (first + index).toString(16).padStart(COUNTED_DIGITS, "0");
  }

  #room(count: number): number {
    if (this.#prefix !== "" && this.#next + count <= COUNTED) return this.#next;
    this.#prefix = uuidv7().slice(0, -COUNTED_DIGITS);
    return 0;
  }
}
