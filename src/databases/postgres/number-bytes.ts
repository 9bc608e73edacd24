import { MAX_BIGINT, MAX_FRACTION_DIGITS, MAX_INTEGER_DIGITS, MIN_BIGINT } from "./number-text.ts";

const ZERO = 0x30;
const NINE = 0x39;
const MINUS = 0x2d;
const DOT = 0x2e;

/** `isBigintText` of the text from `start` to `end`, without making a string of it. */
export function isBigintBytes(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === MINUS ? start + 1 : start;
  const digits = end - first;
  if (digits <= 0 || digits > MAX_BIGINT.length || integerEnd(bytes, first, end) !== end) return false;
  if (first > start && bytes[first] === ZERO) return false;
  return digits < MAX_BIGINT.length || isAtMost(bytes, first, first === start ? MAX_BIGINT : MIN_BIGINT);
}

/** `isNumericText` of the text from `start` to `end`. */
export function isNumericBytes(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === MINUS ? start + 1 : start;
  const point = integerEnd(bytes, first, end);
  if (point === first || point - first > MAX_INTEGER_DIGITS) return false;
  const isNegative = first > start;
  if (point === end) return !isNegative || bytes[first] !== ZERO;
  if (bytes[point] !== DOT || point + 1 === end || end - point - 1 > MAX_FRACTION_DIGITS) return false;
  let isZero = bytes[first] === ZERO;
  for (let at = point + 1; at < end; at++) {
    const code = bytes[at] as number;
    if (code < ZERO || code > NINE) return false;
    if (code !== ZERO) isZero = false;
  }
  return !isNegative || !isZero;
}

/** Where the digits that begin at `from` end; `from` itself when they are not a canonical integer. */
function integerEnd(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
  return at - from > 1 && bytes[from] === ZERO ? from : at;
}

/** Whether the digits from `from` on are no more than `limit`, which has as many. */
function isAtMost(bytes: Uint8Array, from: number, limit: string): boolean {
  for (let i = 0; i < limit.length; i++) {
    const difference = (bytes[from + i] as number) - limit.charCodeAt(i);
    if (difference !== 0) return difference < 0;
  }
  return true;
}
