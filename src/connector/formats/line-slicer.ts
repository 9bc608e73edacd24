import type { Row, SlicedRows } from "../define-connector.ts";
import { PARSED } from "../sliced-batch.ts";
import { parseJson } from "./exact-numbers.ts";
import {
  BACKSLASH,
  CLOSE,
  COMMA,
  isNestedStart,
  MINUS,
  NINE,
  nestedEnd,
  OPEN,
  plainNumberLength,
  QUOTE,
  SPACE,
  stringEnd,
  wordEnd,
  ZERO,
} from "./json-tokens.ts";
import { KeyOrder } from "./key-order.ts";
import { BlockPool, NO_BLOCK } from "./slice-blocks.ts";

const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** `true`, `false` and `null` by their first letter. */
const WORDS = new Map(["true", "false", "null"].map((word) => [word.charCodeAt(0), Buffer.from(word)]));

const FAILED = -1;

const NOTHING = new Uint8Array();

/** What has more fields than this is read object by object. */
export const MAX_FIELDS = 200;

/**
 * Most NDJSON files repeat one shape: the same keys in the same order. A line of a known shape is read by comparing its
 * keys and noting where its values stand, at a fraction of what `JSON.parse` costs. A line that is not plainly of that
 * shape (other keys, anything that is not JSON) is left to the caller: `slice` says no, and so does `add`.
 */
export class LineSlicer {
  readonly #keys = new KeyOrder();
  /** `"key":` of each column. */
  readonly #quoted: Uint8Array[] = [];
  readonly #pool: BlockPool;
  #block = NO_BLOCK;
  #bytes: Uint8Array = this.#block.bytes;
  #end = 0;
  /** Columns that rows of this block may have: a new one waits for the next block, save before the first row. */
  #width = 0;
  #count = 0;
  #parsed: unknown[] = [];
  #records = new Map<number, Row>();

  constructor(pool = new BlockPool()) {
    this.#pool = pool;
  }

  get columns(): readonly string[] {
    return this.#keys.columns;
  }

  /** The bytes that `slice` is asked about from now on; they are copied. There are none where all rows come by `add`. */
  open(bytes: Uint8Array = NOTHING): void {
    this.#block = this.#pool.take(bytes.length);
    this.#block.fill(bytes);
    this.#bytes = this.#block.bytes;
    this.#end = bytes.length;
    this.#width = this.columns.length;
    this.#count = 0;
    this.#parsed = [];
    this.#records = new Map();
  }

  /** The rows since `open`. */
  close(): SlicedRows {
    const block = this.#block;
    return {
      columns: this.columns.slice(0, this.#width),
      untyped: false,
      count: this.#count,
      bytes: block.bytes.subarray(0, this.#end),
      bounds: block.bounds,
      parsed: this.#parsed,
      records: this.#records,
      release: this.#pool.releaseOf(block),
    };
  }

  /** Adds the row of a line that was parsed, and expects lines like it from now on. */
  learn(row: Row): void {
    this.#keys.learn(Object.keys(row));
    for (const key of this.columns.slice(this.#quoted.length))
      this.#quoted.push(Buffer.from(`${JSON.stringify(key)}:`));
    if (this.#count === this.#records.size) this.#width = this.columns.length;
    this.#records.set(this.#count, row);
    this.#count += 1;
  }

  /** Adds the row of the line at `start`; gives where the next line begins, or -1 when this one must be parsed instead. */
  slice(start: number): number {
    const end = this.#sliceObject(start);
    const next = end === FAILED ? FAILED : this.#lineBehind(end);
    if (next !== FAILED) this.#count += 1;
    return next;
  }

  /**
   * Adds the row of an object that begins at `start` of other bytes and ends before `end`; gives where it has ended, or -1.
   * It is copied.
   */
  add(bytes: Buffer, start: number, end: number): number {
    const at = this.#end;
    this.#block.put(bytes, { start, end, at });
    this.#bytes = this.#block.bytes;
    const to = this.#sliceObject(at);
    if (to === FAILED) return FAILED;
    this.#end = to;
    this.#count += 1;
    return start + to - at;
  }

  /** Takes the row that was added last away again. */
  drop(): void {
    this.#count -= 1;
  }

  /** Behind the object at `start`. */
  #sliceObject(start: number): number {
    if (this.#bytes[start] !== OPEN) return FAILED;
    const first = 2 * this.#width * this.#count;
    this.#block.begin(first, first + 2 * this.#width);
    return this.#sliceFields(start + 1, first);
  }

  /** Behind the bracket that closes the object. */
  #sliceFields(start: number, first: number): number {
    const bytes = this.#bytes;
    const { order } = this.#keys;
    let at = start;
    for (let i = 0; ; i++) {
      if (bytes[at] === SPACE) at++;
      i = this.#keyAt(at, i);
      if (i === FAILED) return FAILED;
      const column = order[i] as number;
      at += (this.#quoted[column] as Uint8Array).length;
      if (bytes[at] === SPACE) at++;
      at = this.#sliceValue(at, first + 2 * column);
      if (at === FAILED) return FAILED;
      const separator = bytes[at];
      at++;
      if (separator === CLOSE) return at;
      if (separator !== COMMA) return FAILED;
    }
  }

  /** Position, at or behind `from`, of the key that stands here. Keys that are left out are fields without a value. */
  #keyAt(at: number, from: number): number {
    const bytes = this.#bytes;
    const { order } = this.#keys;
    for (let i = from; i < order.length; i++) {
      const column = order[i] as number;
      const quoted = this.#quoted[column] as Uint8Array;
      let same = 0;
      while (same < quoted.length && bytes[at + same] === quoted[same]) same++;
      if (same === quoted.length) return column < this.#width ? i : FAILED;
    }
    return FAILED;
  }

  /** Notes where the value stands; gives what is behind it. */
  #sliceValue(at: number, bound: number): number {
    const bytes = this.#bytes;
    const code = bytes[at] as number;
    if (code === QUOTE) return this.#sliceString(at, bound);
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.#sliceNumber(at, bound);
    if (isNestedStart(code)) return this.#parse(at, nestedEnd(bytes, at), bound);
    const word = WORDS.get(code);
    if (word === undefined) return FAILED;
    for (let i = 1; i < word.length; i++) if (bytes[at + i] !== word[i]) return FAILED;
    return this.#note(at, at + word.length, bound);
  }

  #sliceString(at: number, bound: number): number {
    const bytes = this.#bytes;
    let to = at + 1;
    for (let code = bytes[to] as number; code !== QUOTE; code = bytes[++to] as number) {
      if (code === BACKSLASH) return this.#parse(at, stringEnd(bytes, at), bound);
      if (code < SPACE) return FAILED;
    }
    return this.#note(at, to + 1, bound);
  }

  #sliceNumber(at: number, bound: number): number {
    const end = wordEnd(this.#bytes, at);
    const length = plainNumberLength(this.#bytes, at, end);
    if (length === -1) return this.#parse(at, end, bound);
    this.#note(at, at + length, bound);
    return end;
  }

  #note(start: number, end: number, bound: number): number {
    const { bounds } = this.#block;
    bounds[bound] = start;
    bounds[bound + 1] = end;
    return end;
  }

  #parse(start: number, end: number, bound: number): number {
    if (end === -1) return FAILED;
    try {
      const value = parseJson(this.#block.bytes.toString("utf8", start, end));
      this.#block.bounds[bound] = PARSED - this.#parsed.length;
      this.#parsed.push(value);
      return end;
    } catch {
      return FAILED;
    }
  }

  #lineBehind(end: number): number {
    const bytes = this.#bytes;
    const at = bytes[end] === RETURN ? end + 1 : end;
    if (at === this.#end) return at;
    return bytes[at] === LINE_FEED && at < this.#end ? at + 1 : FAILED;
  }
}
