import { KeyOrder } from "./key-order.ts";

/**
 * Most programs write records of one shape: the same keys in the same order. A record of a known shape is read by comparing
 * its keys and taking its values where they stand, at about half of what `JSON.parse` costs. Whatever is not plainly of
 * that shape (other keys, nesting, long numbers, anything that is not JSON) is left to the caller: `readObject` says no.
 */

const QUOTE = 0x22;
const BACKSLASH = "\\";
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const SPACE = 0x20;

/** Integers of so many digits, and decimals of so many digits with the point left out, are exact as a double. */
const EXACT_DIGITS = 15;

const PLAIN_NUMBER = /^-?\d+(\.\d+)?$/;

/** A file whose lines have more fields than this is read line by line. */
export const MAX_FIELDS = 200;

/** Not a value of JSON: the text that was looked at must be parsed as a whole. */
const UNREADABLE = Symbol("unreadable");

export class LineShape {
  readonly #keys = new KeyOrder();
  /** `"key"` for each column. */
  readonly #quoted: string[] = [];
  /**
   * Columns that have held nothing but numbers so far: they are handed on as the text they were written with, which
   * saves making a double of it and text again.
   */
  readonly #numbers: boolean[] = [];
  /** What a row is made from: one `undefined` for each column. */
  #blank: undefined[] = [];
  #text = "";
  #at = 0;
  #end = 0;
  #rows: unknown[][] = [];
  /** The next backslash at or behind `#at`, which only ever grows; beyond the text when there is none. */
  #backslash = 0;

  /** The fields, in the order in which rows hold their values. Only ever grows. */
  get columns(): readonly string[] {
    return this.#keys.columns;
  }

  /** The block of text that `readObject` is asked about from now on. It must hold no control character but line feeds. */
  open(text: string): void {
    this.#text = text;
    this.#backslash = -1;
    this.#rows = [];
  }

  /** The rows since `open`; the text is not needed any more. */
  close(): unknown[][] {
    const rows = this.#rows;
    this.open("");
    return rows;
  }

  /** Which columns hold numbers as text, in all of the rows that were read last. */
  get numbers(): readonly boolean[] {
    return [...this.#numbers];
  }

  /** Adds the row of the object that begins at `start`; gives where it has ended, before `end`, or -1. */
  readObject(start: number, end: number): number {
    const text = this.#text;
    if (text.charCodeAt(start) !== OPEN) return -1;
    this.#at = start + 1;
    this.#end = end;
    const values: unknown[] = this.#blank.slice();
    for (let i = 0; i < this.#keys.order.length; i++) {
      i = this.#keyAt(i);
      if (i === -1) return -1;
      const column = this.#keys.order[i] as number;
      const value = this.#value(column);
      if (value === UNREADABLE) return -1;
      values[column] = value;
      const separator = text.charCodeAt(this.#at);
      this.#at++;
      if (separator === CLOSE && this.#at <= end) {
        this.#rows.push(values);
        return this.#at;
      }
      if (separator !== COMMA) return -1;
    }
    return -1;
  }

  /** Takes the newest row away again. */
  drop(): void {
    this.#rows.pop();
  }

  /** Adds the row of a parsed line: its keys become columns, and their order the one that is expected next. */
  learn(row: Readonly<Record<string, unknown>>): void {
    const keys = Object.keys(row);
    const columns = this.#keys.learn(keys);
    for (let column = this.#quoted.length; column < this.columns.length; column++) this.#add(column);
    const values: unknown[] = this.#blank.slice();
    for (const [at, key] of keys.entries()) {
      const column = columns[at] as number;
      values[column] = this.#kept(column, row[key]);
    }
    this.#rows.push(values);
  }

  /** A parsed value as its column holds values. */
  #kept(column: number, value: unknown): unknown {
    if (value === null || this.#numbers[column] !== true) return value;
    const isTrusted = typeof value === "number" && (Number.isSafeInteger(value) || !Number.isInteger(value));
    const text = isTrusted ? `${value}` : "";
    if (PLAIN_NUMBER.test(text)) return text;
    this.#mix(column);
    return value;
  }

  /** The column holds something else than plain numbers: from now on, and in the rows so far, they are numbers again. */
  #mix(column: number): void {
    this.#numbers[column] = false;
    for (const row of this.#rows) if (typeof row[column] === "string") row[column] = Number(row[column]);
  }

  #add(column: number): void {
    this.#quoted.push(JSON.stringify(this.columns[column]));
    this.#numbers.push(true);
    this.#blank.push(undefined);
  }

  /**
   * Position, at or behind `from`, of the key that stands here, and steps over it and its colon; -1 when it is none of
   * those. Keys that are left out are rows' fields without a value.
   */
  #keyAt(from: number): number {
    const text = this.#text;
    if (text.charCodeAt(this.#at) === SPACE) this.#at++;
    for (let i = from; i < this.#keys.order.length; i++) {
      const quoted = this.#quoted[this.#keys.order[i] as number] as string;
      if (!text.startsWith(quoted, this.#at)) continue;
      const colon = this.#at + quoted.length;
      if (text.charCodeAt(colon) !== COLON) return -1;
      this.#at = text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1;
      return i;
    }
    return -1;
  }

  #value(column: number): unknown {
    const code = this.#text.charCodeAt(this.#at);
    if (code === MINUS || (code >= ZERO && code <= NINE)) return this.#number(this.#numbers[column] === true);
    if (this.#word("null")) return null;
    const value = code === QUOTE ? this.#string() : this.#boolean();
    if (value !== UNREADABLE && this.#numbers[column] === true) this.#mix(column);
    return value;
  }

  #boolean(): unknown {
    if (this.#word("true")) return true;
    return this.#word("false") ? false : UNREADABLE;
  }

  #string(): unknown {
    const text = this.#text;
    const start = this.#at + 1;
    const end = text.indexOf('"', start);
    if (end === -1 || end >= this.#end) return UNREADABLE;
    if (this.#nextBackslash(start) < end) return this.#escaped(start);
    this.#at = end + 1;
    return text.slice(start, end);
  }

  /** A string with escapes in it: many programs in Python write every letter beyond ASCII as one. */
  #escaped(start: number): unknown {
    const text = this.#text;
    for (let at = start; ; ) {
      const end = text.indexOf('"', at);
      if (end === -1 || end >= this.#end) return UNREADABLE;
      const backslash = this.#nextBackslash(at);
      if (backslash > end) return this.#parsed(start - 1, end + 1);
      at = backslash + 2;
    }
  }

  #parsed(start: number, end: number): unknown {
    try {
      const value = JSON.parse(this.#text.slice(start, end)) as unknown;
      this.#at = end;
      return value;
    } catch {
      return UNREADABLE;
    }
  }

  #nextBackslash(from: number): number {
    if (this.#backslash < from) {
      const found = this.#text.indexOf(BACKSLASH, from);
      this.#backslash = found === -1 ? Number.MAX_SAFE_INTEGER : found;
    }
    return this.#backslash;
  }

  #word(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  /**
   * Numbers of so few digits that their double is exact, as text without the zeros that end their fraction: the text
   * that the double would be written with. All others are left to the parser.
   */
  #number(asText: boolean): unknown {
    const text = this.#text;
    const first = this.#at;
    const start = text.charCodeAt(first) === MINUS ? first + 1 : first;
    const whole = this.#digitsEnd(start);
    const end = text.charCodeAt(whole) === DOT ? this.#digitsEnd(whole + 1) : whole;
    const isFraction = end > whole + 1;
    const fits = end - start - (end > whole ? 1 : 0) <= EXACT_DIGITS && isSeparator(text.charCodeAt(end));
    const leadingZero = whole > start + 1 && text.charCodeAt(start) === ZERO;
    if (whole === start || (end > whole && !isFraction) || !fits || leadingZero) return UNREADABLE;
    let last = end;
    if (isFraction) {
      while (text.charCodeAt(last - 1) === ZERO) last--;
      if (last === whole + 1) last = whole;
    }
    if (start > first && last === start + 1 && text.charCodeAt(start) === ZERO) return UNREADABLE;
    this.#at = end;
    const digits = text.slice(first, last);
    return asText ? digits : Number(digits);
  }

  #digitsEnd(from: number): number {
    let i = from;
    for (let code = this.#text.charCodeAt(i); code >= ZERO && code <= NINE; code = this.#text.charCodeAt(++i));
    return i;
  }
}

function isSeparator(code: number): boolean {
  return code === COMMA || code === CLOSE;
}
