/** Where values of JSON end, in bytes. What follows the bytes must be a byte that no value goes on with: a zero. */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const CLOSE = 0x7d;
export const OPEN = 0x7b;
/** The white space of JSON: this and lower. */
export const SPACE = 0x20;
export const MINUS = 0x2d;
export const ZERO = 0x30;
export const NINE = 0x39;

export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;

const DOT = 0x2e;

/** Integers of so many digits, and decimals of so many digits with the point left out, are exact as a double. */
const EXACT_DIGITS = 15;

/** Whether the same bytes are at `at`. */
export function isAt(mark: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < mark.length; i++) if (bytes[at + i] !== mark[i]) return false;
  return true;
}

/** Behind the quote that ends the string whose opening quote is at `at`; -1 when its line ends before. */
export function stringEnd(bytes: Uint8Array, at: number): number {
  for (let to = at + 1; ; to++) {
    const code = bytes[to] as number;
    if (code === QUOTE) return to + 1;
    if (code === BACKSLASH) to++;
    if ((bytes[to] as number) < SPACE) return -1;
  }
}

/** Behind the bracket that closes the object or list that opens at `at`; -1 when its line ends before. */
export function nestedEnd(bytes: Uint8Array, at: number): number {
  let depth = 0;
  for (let to = at; ; to++) {
    const code = bytes[to] as number;
    if (code < SPACE) return -1;
    if (code === QUOTE) {
      to = stringEnd(bytes, to) - 1;
      if (to < 0) return -1;
    } else if (code === OPEN || code === OPEN_LIST) depth++;
    else if (code === CLOSE || code === CLOSE_LIST) {
      depth--;
      if (depth === 0) return to + 1;
    }
  }
}

export function isNestedStart(code: number): boolean {
  return code === OPEN || code === OPEN_LIST;
}

/** Where what looks like a number, or like nothing that is known, ends: before the next comma, bracket or white space. */
export function wordEnd(bytes: Uint8Array, at: number): number {
  let to = at;
  for (let code = bytes[to] as number; code > SPACE && code !== COMMA && code !== CLOSE; code = bytes[++to] as number);
  return to;
}

/** Where the digits end that begin at `from`. */
export function digitsEnd(bytes: Uint8Array, from: number): number {
  let to = from;
  for (let code = bytes[to] as number; code >= ZERO && code <= NINE; code = bytes[++to] as number);
  return to;
}

/**
 * How many of the bytes from `start` to `end` are the number as its double would be written: all but zeros that end its
 * fraction. -1 when it is written in another way, is none at all, or has more digits than a double may hold.
 */
export function plainNumberLength(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start;
  const whole = digitsEnd(bytes, first);
  const isZero = bytes[first] === ZERO;
  if (whole === first || (isZero && whole > first + 1)) return -1;
  let last = whole;
  if (whole < end) {
    if (bytes[whole] !== DOT || whole + 1 === end || digitsEnd(bytes, whole + 1) !== end) return -1;
    last = end;
    while (bytes[last - 1] === ZERO) last--;
    if (last === whole + 1) last = whole;
  }
  const digits = end - first - (end > whole ? 1 : 0);
  const isNegativeZero = first > start && isZero && last === first + 1;
  return digits > EXACT_DIGITS || isNegativeZero ? -1 : last - start;
}
