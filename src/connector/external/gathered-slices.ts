import type { Row, SlicedRows } from "../define-connector.ts";
import { BlockPool } from "../formats/slice-blocks.ts";
import { ABSENT } from "../sliced-batch.ts";

const MOST_BYTES = 256 * 1024;
const MOST_ROWS = 2000;

/** Shared by all streams, of which there may be hundreds. */
const BLOCKS = new BlockPool();

/** Rows that came as slices with the same columns, one behind the other: they are copied, and their memory is given back. */
export class GatheredSlices {
  count = 0;
  readonly #columns: readonly string[];
  readonly #block = BLOCKS.take(0);
  readonly #parsed: unknown[] = [];
  readonly #records = new Map<number, Row>();
  #size = 0;

  constructor(rows: SlicedRows) {
    this.#columns = rows.columns;
    this.add(rows);
  }

  /** Whether the rows may be added, and leave the batch as large as it should be. */
  takes({ columns, count, bytes }: SlicedRows): boolean {
    const isSmall = this.count + count <= MOST_ROWS && this.#size + bytes.length <= MOST_BYTES;
    return isSmall && columns.length === this.#columns.length && columns.every((it, at) => it === this.#columns[at]);
  }

  add({ bytes, bounds, count, parsed, records, release }: SlicedRows): void {
    this.#block.put(bytes, { start: 0, end: bytes.length, at: this.#size });
    if (records.size < count) this.#addBounds(bounds, 2 * count * this.#columns.length);
    for (const value of parsed) this.#parsed.push(value);
    for (const [index, row] of records) this.#records.set(this.count + index, row);
    this.#size += bytes.length;
    this.count += count;
    release();
  }

  /** Where values stand now that others are before them. */
  #addBounds(from: Int32Array, length: number): void {
    const first = 2 * this.count * this.#columns.length;
    const to = this.#block.room(first + length);
    const [moved, parsed] = [this.#size, this.#parsed.length];
    for (let at = 0; at < length; at += 2) {
      const start = from[at] as number;
      to[first + at] = start >= 0 ? start + moved : start === ABSENT ? ABSENT : start - parsed;
      to[first + at + 1] = (from[at + 1] as number) + moved;
    }
  }

  /** Rows behind the first `count` are forgotten; no more are added then. */
  cutAt(count: number): void {
    this.count = count;
  }

  close(): SlicedRows {
    return {
      columns: this.#columns,
      untyped: false,
      count: this.count,
      bytes: this.#block.bytes.subarray(0, this.#size),
      bounds: this.#block.bounds,
      parsed: this.#parsed,
      records: this.#records,
      release: BLOCKS.releaseOf(this.#block),
    };
  }
}
