import type { SlicedRows } from "../define-connector.ts";
import { ABSENT, SPECIAL, textAt } from "../sliced-batch.ts";
import { BlockPool, NO_BLOCK } from "./slice-blocks.ts";

/** How the text of a table is written. */
export interface CsvSyntax {
  delimiter: string;
  /** Empty: nothing is quoted. */
  quote: string;
  newline: "\n" | "\r";
  /** Unquoted fields with one of these texts are null; undefined: just the empty one, which is the fastest. */
  nulls?: ReadonlySet<string>;
}

export type CsvRow = (string | null)[];

/** In place of where the next row begins: the bytes end inside a quoted field. */
export const UNCLOSED = -1;

const TAB = 0x09;
const RETURN = 0x0d;

/** Kinds of bytes: what is part of a field, and what ends the look at it. */
const PLAIN = 0;
const DELIMITER = 1;
const QUOTE = 1;
const NEWLINE = 2;
const OTHER = 3;

/** Characters that COPY text, or Postgres, does not take as they stand. */
const SPECIALS = "\\\t\n\r\0";

/** Shared by all files, of which there may be thousands. */
const BLOCKS = new BlockPool();

/**
 * Reads rows and notes where their fields stand. Each byte is looked at once, and no string is made. A delimiter
 * becomes a tab, as COPY text would have it, so that fields can be copied together. After `read` the row's properties say
 * what it was; `keep` makes it one of the rows.
 */
export class CsvSlicer {
  /** Fields of the row that was read last. */
  fields = 0;
  /** Lines of that row; when it is not closed, those up to where its quote opens. */
  lines = 0;
  /** What is wrong with how that row is quoted. */
  problem: string | undefined;
  /** Where its text ends, before the newline. */
  end = 0;
  readonly #width: number;
  readonly #delimiter: Uint8Array;
  readonly #quote: Uint8Array;
  readonly #newline: number;
  readonly #nulls: readonly Uint8Array[] | undefined;
  readonly #kinds: Uint8Array;
  readonly #quotedKinds: Uint8Array;
  #block = NO_BLOCK;
  #bytes: Uint8Array = this.#block.bytes;
  #size = 0;
  #count = 0;

  /** `width`: how many fields the rows have that are kept. */
  constructor(syntax: CsvSyntax, width: number) {
    this.#width = width;
    this.#delimiter = Buffer.from(syntax.delimiter);
    this.#quote = Buffer.from(syntax.quote);
    this.#newline = syntax.newline.charCodeAt(0);
    this.#nulls = syntax.nulls && [...syntax.nulls].map((text) => Buffer.from(text));
    this.#kinds = kindsOf(this.#newline, this.#delimiter, this.#delimiter.length > 1 ? OTHER : DELIMITER);
    this.#quotedKinds = kindsOf(this.#newline, this.#quote, QUOTE);
  }

  /** The bytes that `read` is asked about from now on: whole lines, or all that there is. They are copied. */
  open(bytes: Uint8Array): void {
    this.#block = BLOCKS.take(bytes.length);
    this.#block.fill(bytes, this.#newline);
    this.#bytes = this.#block.bytes;
    this.#size = bytes.length;
    this.#count = 0;
  }

  /** The rows that were kept since `open`. */
  close(columns: readonly string[]): SlicedRows {
    const { bytes, bounds } = this.#block;
    const block = this.#block;
    return {
      columns,
      untyped: true,
      count: this.#count,
      bytes,
      bounds,
      parsed: [],
      records: new Map(),
      release: BLOCKS.releaseOf(block),
    };
  }

  /** Reads the row at `start`; gives where the next one begins, or `UNCLOSED`. */
  read(start: number): number {
    const bytes = this.#bytes;
    const kinds = this.#kinds;
    const quote = this.#quote[0] ?? -1;
    const step = this.#delimiter.length;
    const hasNulls = this.#nulls !== undefined;
    const first = 2 * this.#width * this.#count;
    let bound = first;
    let { bounds } = this.#block;
    this.problem = undefined;
    this.lines = 1;
    for (let at = start; ; at += step) {
      if (bound + 2 > bounds.length) bounds = this.#block.room(bound + 2);
      let kind: number;
      if (bytes[at] === quote && this.#isAt(this.#quote, at)) {
        at = this.#quoted(at, bound);
        if (at === UNCLOSED) return UNCLOSED;
        kind = kinds[bytes[at] as number] as number;
      } else {
        const from = at;
        for (
          kind = kinds[bytes[at] as number] as number;
          kind === PLAIN;
          kind = kinds[bytes[++at] as number] as number
        );
        if (kind === OTHER) {
          at = this.#special(from, at, bound);
          kind = kinds[bytes[at] as number] as number;
        } else if (hasNulls) this.#note(from, at, bound);
        else {
          bounds[bound] = from === at ? ABSENT : from;
          bounds[bound + 1] = at;
        }
      }
      bound += 2;
      if (kind === DELIMITER) {
        bytes[at] = TAB;
        continue;
      }
      if (kind === OTHER && bytes[at] !== RETURN) continue;
      this.fields = (bound - first) / 2;
      this.end = at;
      return Math.min(kind === NEWLINE ? at + 1 : at + 2, this.#size);
    }
  }

  /** Makes the row that was read one of the rows; fields that it does not have are null. */
  keep(): void {
    const first = 2 * this.#width * this.#count;
    if (this.fields < this.#width) this.#block.begin(first + 2 * this.fields, first + 2 * this.#width);
    this.#count += 1;
  }

  /** The fields of the row that was read. */
  texts(): CsvRow {
    const first = 2 * this.#width * this.#count;
    return Array.from({ length: this.fields }, (_, index) => textAt(this.#block, first + 2 * index));
  }

  /** Notes the field whose quote opens at `open`; gives where it ends, or `UNCLOSED`. Of doubled quotes one is left. */
  #quoted(open: number, bound: number): number {
    const bytes = this.#bytes;
    const kinds = this.#quotedKinds;
    const step = this.#quote.length;
    const opensOn = this.lines;
    const from = open + step;
    let hasSpecial = false;
    // What is behind `moved` stands where it was read; what is before, up to `to`, has been moved there.
    let moved = from;
    let to = from;
    for (let at = from; ; at++) {
      let kind = kinds[bytes[at] as number];
      while (kind === PLAIN) kind = kinds[bytes[++at] as number];
      if (at >= this.#size) {
        this.lines = opensOn;
        return UNCLOSED;
      }
      if (kind !== QUOTE || !this.#isAt(this.#quote, at)) {
        hasSpecial ||= kind !== QUOTE;
        if (bytes[at] === this.#newline) this.lines++;
        continue;
      }
      const isDoubled = this.#isAt(this.#quote, at + step);
      const end = isDoubled ? at + step : at;
      hasSpecial ||= isDoubled && IS_SPECIAL[bytes[at] as number] !== PLAIN;
      if (to !== moved) bytes.copyWithin(to, moved, end);
      to += end - moved;
      moved = at + 2 * step;
      if (!isDoubled) {
        this.#set(hasSpecial ? SPECIAL - from : from, to, bound);
        return this.#behindQuote(at + step);
      }
      at = moved - 1;
    }
  }

  #behindQuote(at: number): number {
    if (this.#isFieldEnd(at)) return at;
    this.problem = "text behind a closing quote";
    return this.#fieldEnd(at);
  }

  /** Notes the field that begins at `from` and goes on at `at` with what may be special; gives where it ends. */
  #special(from: number, at: number, bound: number): number {
    const end = this.#fieldEnd(at);
    if (isSpecial(this.#bytes, from, end) && !this.#isNull(from, end)) this.#set(SPECIAL - from, end, bound);
    else this.#note(from, end, bound);
    return end;
  }

  #fieldEnd(from: number): number {
    let at = from;
    while (!this.#isFieldEnd(at)) at++;
    return at;
  }

  #isFieldEnd(at: number): boolean {
    const bytes = this.#bytes;
    if (bytes[at] === this.#newline || this.#isAt(this.#delimiter, at)) return true;
    return bytes[at] === RETURN && bytes[at + 1] === this.#newline;
  }

  #isAt(mark: Uint8Array, at: number): boolean {
    const bytes = this.#bytes;
    for (let i = 0; i < mark.length; i++) if (bytes[at + i] !== mark[i]) return false;
    return mark.length > 0;
  }

  /** Notes a field without quotes, which may be null. */
  #note(from: number, to: number, bound: number): void {
    this.#set(this.#isNull(from, to) ? ABSENT : from, to, bound);
  }

  #isNull(from: number, to: number): boolean {
    if (this.#nulls === undefined) return from === to;
    return this.#nulls.some((text) => text.length === to - from && (from === to || this.#isAt(text, from)));
  }

  #set(from: number, to: number, bound: number): void {
    const { bounds } = this.#block;
    bounds[bound] = from;
    bounds[bound + 1] = to;
  }
}

/** What each byte is that a field may end at, or need a closer look for. */
function kindsOf(newline: number, mark: Uint8Array, kind: number): Uint8Array {
  // Of memory that is shared: there may be thousands of files, each with tables of its own.
  const kinds = Buffer.allocUnsafe(256).fill(PLAIN);
  for (const special of SPECIALS) kinds[special.charCodeAt(0)] = OTHER;
  kinds[newline] = NEWLINE;
  const [first] = mark;
  if (first !== undefined) kinds[first] = kind;
  return kinds;
}

const IS_SPECIAL = kindsOf(SPECIALS.charCodeAt(0), new Uint8Array(), PLAIN);

function isSpecial(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (IS_SPECIAL[bytes[at] as number] !== PLAIN) return true;
  return false;
}
