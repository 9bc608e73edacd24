import type { Row } from "../define-connector.ts";
import { isAlike, type RecordTable } from "./record-table.ts";

/** Rows of one form. */
export type HeldBatch = { rows: readonly Row[] } | RecordTable;

/** Rows of a stream in the order in which they came, some one by one and some as tables. */
export class HeldRows {
  #count = 0;
  #batches: ({ rows: Row[] } | (RecordTable & { values: (readonly unknown[])[] }))[] = [];

  get count(): number {
    return this.#count;
  }

  add(row: Row): void {
    const last = this.#batches.at(-1);
    if (last !== undefined && "rows" in last) last.rows.push(row);
    else this.#batches.push({ rows: [row] });
    this.#count++;
  }

  addTable(table: RecordTable): void {
    const last = this.#batches.at(-1);
    if (last !== undefined && "values" in last && isAlike(last, table)) last.values.push(...table.values);
    else this.#batches.push({ ...table, values: [...table.values] });
    this.#count += table.values.length;
  }

  /** Those behind the first `count` are forgotten. */
  cutAt(count: number): void {
    let left = count;
    for (const batch of this.#batches) {
      const list: unknown[] = "rows" in batch ? batch.rows : batch.values;
      list.length = Math.min(list.length, left);
      left -= list.length;
    }
    this.#count = count;
  }

  /** Gives all of them away, in batches of at most so many rows. */
  take(most: number): HeldBatch[] {
    const batches = this.#batches;
    this.#batches = [];
    this.#count = 0;
    return batches.flatMap((batch) => inParts(batch, most));
  }
}

function inParts(batch: HeldBatch, most: number): HeldBatch[] {
  const { length } = "rows" in batch ? batch.rows : batch.values;
  return Array.from({ length: Math.ceil(length / most) }, (_, n) => {
    const [start, end] = [n * most, (n + 1) * most];
    if ("rows" in batch) return { rows: batch.rows.slice(start, end) };
    return { ...batch, values: batch.values.slice(start, end) };
  });
}
