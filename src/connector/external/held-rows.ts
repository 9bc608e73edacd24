import type { Row, SlicedRows } from "../define-connector.ts";
import { GatheredSlices } from "./gathered-slices.ts";

/** Rows of one form. */
export type HeldBatch = { rows: readonly Row[] } | { sliced: SlicedRows };

/** Rows of a stream in the order in which they came, some one by one and some as slices. */
export class HeldRows {
  #count = 0;
  #batches: (Row[] | GatheredSlices)[] = [];

  get count(): number {
    return this.#count;
  }

  add(row: Row): void {
    const last = this.#batches.at(-1);
    if (Array.isArray(last)) last.push(row);
    else this.#batches.push([row]);
    this.#count++;
  }

  /** What they keep of memory is given back. */
  addSlices(rows: SlicedRows): void {
    const last = this.#batches.at(-1);
    if (last instanceof GatheredSlices && last.takes(rows)) last.add(rows);
    else this.#batches.push(new GatheredSlices(rows));
    this.#count += rows.count;
  }

  /** Those behind the first `count` are forgotten. */
  cutAt(count: number): void {
    let left = count;
    for (const batch of this.#batches) {
      const kept = Math.min(countOf(batch), left);
      if (Array.isArray(batch)) batch.length = kept;
      else batch.cutAt(kept);
      left -= kept;
    }
    this.#count = count;
  }

  /** Gives all of them away; those that came one by one in batches of at most so many. */
  take(most: number): HeldBatch[] {
    const batches = this.#batches.filter((batch) => countOf(batch) > 0);
    this.#batches = [];
    this.#count = 0;
    return batches.flatMap((batch) => (Array.isArray(batch) ? inParts(batch, most) : { sliced: batch.close() }));
  }
}

function countOf(batch: Row[] | GatheredSlices): number {
  return Array.isArray(batch) ? batch.length : batch.count;
}

function inParts(rows: readonly Row[], most: number): HeldBatch[] {
  return Array.from({ length: Math.ceil(rows.length / most) }, (_, n) => ({
    rows: rows.slice(n * most, (n + 1) * most),
  }));
}
