/**
 * Number texts that Postgres gives back exactly as they were: `007`, `+1`, `-0` and `1e5` are not among them.
 */

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const DOT = 46;

export const MAX_BIGINT = "9223372036854775807";
/** Without its sign. */
export const MIN_BIGINT = "9223372036854775808";

/** Postgres numeric holds 131072 digits before the point and 16383 after it. */
export const MAX_INTEGER_DIGITS = 131_072;
export const MAX_FRACTION_DIGITS = 16_383;

/** True for the canonical text of an integer between -2^63 and 2^63-1. */
export function isBigintText(text: string): boolean {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  const digits = text.length - start;
  if (digits === 0 || digits > 19 || integerEnd(text, start) !== text.length) return false;
  if (start === 1 && text.charCodeAt(1) === ZERO) return false;
  if (digits < 19) return true;
  return start === 0 ? text <= MAX_BIGINT : text.slice(1) <= MIN_BIGINT;
}

/**
 * The text of a number that a bigint is; undefined for any other. Beyond 2^53 there are numbers that a double holds as
 * they were written, and those that it does not come as something else.
 */
export function bigintText(value: number): string | undefined {
  if (Number.isSafeInteger(value)) return `${value}`;
  return Number.isInteger(value) && isBigintText(`${value}`) ? `${value}` : undefined;
}

/** True for the canonical text of an integer or decimal, trailing zeros included: `1.50`. */
export function isNumericText(text: string): boolean {
  const start = text.charCodeAt(0) === MINUS ? 1 : 0;
  const end = integerEnd(text, start);
  if (end === start || end - start > MAX_INTEGER_DIGITS) return false;
  if (end === text.length) return start === 0 || text.charCodeAt(1) !== ZERO;
  if (text.charCodeAt(end) !== DOT || end + 1 === text.length) return false;
  if (text.length - end - 1 > MAX_FRACTION_DIGITS) return false;
  let nonZero = text.charCodeAt(start) !== ZERO;
  for (let i = end + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) return false;
    if (code !== ZERO) nonZero = true;
  }
  return start === 0 || nonZero;
}

const EXPONENT = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i;

/**
 * A JSON number written out without an exponent, as Postgres gives a numeric back; undefined when it has more digits
 * than a numeric holds. `1.5e3` → `1500`, `-5e-3` → `-0.005`.
 */
export function writtenOut(text: string): string | undefined {
  if (text === "NaN" || text === "Infinity" || text === "-Infinity") return text;
  const [, sign = "", whole = "0", fraction = "", exponent = "0"] = EXPONENT.exec(text) ?? [];
  const shift = Number(exponent);
  if (Math.abs(shift) > MAX_INTEGER_DIGITS) return undefined;
  const digits = `${"0".repeat(Math.max(0, 1 - whole.length - shift))}${whole}${fraction}${"0".repeat(Math.max(0, shift - fraction.length))}`;
  const point = Math.max(1, whole.length + shift);
  const integer = digits.slice(0, point).replace(/^0+(?=\d)/, "");
  const decimals = digits.slice(point);
  if (integer.length > MAX_INTEGER_DIGITS || decimals.length > MAX_FRACTION_DIGITS) return undefined;
  const plain = decimals === "" ? integer : `${integer}.${decimals}`;
  return /[1-9]/.test(plain) ? sign + plain : plain;
}

/** Digits before and after the decimal point of a numeric text, leading zero not counted. */
export function numericDigits(text: string): { integer: number; fraction: number } {
  const plain = text.replace(/^-?0*/, "");
  const dot = plain.indexOf(".");
  return dot === -1 ? { integer: plain.length, fraction: 0 } : { integer: dot, fraction: plain.length - dot - 1 };
}

/** Where the digits that begin at `start` end; `start` itself when they are not a canonical integer. */
function integerEnd(text: string, start: number): number {
  let i = start;
  while (i < text.length) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) break;
    i++;
  }
  return i - start > 1 && text.charCodeAt(start) === ZERO ? start : i;
}
