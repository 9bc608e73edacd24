import {
  DATE_LENGTH,
  isDay,
  isTime,
  MAX_FRACTION,
  MAX_OFFSET_HOURS,
  SECONDS_LENGTH,
  type TemporalType,
} from "./temporal-text.ts";

const DASH = 0x2d;
const COLON = 0x3a;
const DOT = 0x2e;
const PLUS = 0x2b;
const SPACE = 0x20;
const T = 0x54;
const Z = 0x5a;
const ZERO = 0x30;

/** `temporalType` of the text from `start` to `end`, without making a string of it. */
export function temporalBytes(bytes: Uint8Array, start: number, end: number): TemporalType | undefined {
  const length = end - start;
  if (length < DATE_LENGTH || bytes[start + 4] !== DASH || bytes[start + 7] !== DASH) return undefined;
  const year = 100 * twoDigits(bytes, start) + twoDigits(bytes, start + 2);
  if (!isDay(year, twoDigits(bytes, start + 5), twoDigits(bytes, start + 8))) return undefined;
  if (length === DATE_LENGTH) return "date";
  const at = length < SECONDS_LENGTH ? -1 : timeEnd(bytes, start + DATE_LENGTH, end);
  if (at === -1) return undefined;
  if (at === end) return "timestamp";
  return isOffset(bytes, at, end) ? "timestamptz" : undefined;
}

/** Where `THH:MM:SS[.ffffff]` ends; -1 when it is not there. */
function timeEnd(bytes: Uint8Array, from: number, end: number): number {
  if (bytes[from] !== T && bytes[from] !== SPACE) return -1;
  if (bytes[from + 3] !== COLON || bytes[from + 6] !== COLON) return -1;
  if (!isTime(twoDigits(bytes, from + 1), twoDigits(bytes, from + 4), twoDigits(bytes, from + 7))) return -1;
  const seconds = from + 9;
  if (seconds === end || bytes[seconds] !== DOT) return seconds;
  let at = seconds + 1;
  while (at < end && isDigit(bytes[at] as number)) at++;
  const digits = at - seconds - 1;
  return digits >= 1 && digits <= MAX_FRACTION ? at : -1;
}

/** `Z`, `+02`, `+0200` or `+02:00`, up to the end. */
function isOffset(bytes: Uint8Array, from: number, end: number): boolean {
  const sign = bytes[from];
  if (sign === Z) return from + 1 === end;
  if ((sign !== PLUS && sign !== DASH) || end < from + 3) return false;
  if (!(twoDigits(bytes, from + 1) <= MAX_OFFSET_HOURS)) return false;
  const rest = end - from - 3;
  if (rest === 0) return true;
  if (rest === 2) return twoDigits(bytes, from + 3) <= 59;
  return rest === 3 && bytes[from + 3] === COLON && twoDigits(bytes, from + 4) <= 59;
}

/** NaN, which is in no range, when they are not digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] as number;
  const ones = bytes[at + 1] as number;
  return isDigit(tens) && isDigit(ones) ? 10 * (tens - ZERO) + ones - ZERO : Number.NaN;
}

function isDigit(code: number): boolean {
  return code >= ZERO && code < COLON;
}
