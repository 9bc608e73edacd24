/** ISO 8601 texts that Postgres reads without loss: years 0001 to 9999, at most microseconds. */

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DASH = 45;
const COLON = 58;
export const DATE_LENGTH = 10;
export const SECONDS_LENGTH = 19;
export const MAX_FRACTION = 6;
/** Postgres refuses offsets beyond this many hours. */
export const MAX_OFFSET_HOURS = 15;
const TIME = /^(?:(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{0,5}[1-9])?|24:00:00)$/;

export type TemporalType = "date" | "timestamp" | "timestamptz";

/** Which of the three a text is: `2026-01-02`, `2026-01-02T03:04:05.5`, `2026-01-02 03:04:05+02:00`; else undefined. */
export function temporalType(text: string): TemporalType | undefined {
  if (text.length < DATE_LENGTH || !startsWithDate(text)) return undefined;
  if (text.length === DATE_LENGTH) return "date";
  const end = timeEnd(text);
  if (end === 0) return undefined;
  if (end === text.length) return "timestamp";
  return isOffset(text, end) ? "timestamptz" : undefined;
}

/** Whether a text is a time of day as Postgres gives it back: `03:04:05`, `03:04:05.5`, and `24:00:00`. */
export function isTimeText(text: string): boolean {
  return TIME.test(text);
}

function startsWithDate(text: string): boolean {
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return false;
  return isDay(twoDigits(text, 0) * 100 + twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8));
}

/** False for what is no number too. */
export function isDay(year: number, month: number, day: number): boolean {
  if (!(year >= 1 && month >= 1 && month <= 12 && day >= 1)) return false;
  const leap = month === 2 && (year % 4 === 0 ? year % 100 !== 0 || year % 400 === 0 : false);
  return day <= (DAYS[month - 1] as number) + (leap ? 1 : 0);
}

/** Where `THH:MM:SS[.ffffff]` after the date ends; 0 when it is not there. */
function timeEnd(text: string): number {
  const separator = text[DATE_LENGTH];
  if ((separator !== "T" && separator !== " ") || text.length < SECONDS_LENGTH) return 0;
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return 0;
  if (!isTime(twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17))) return 0;
  if (text[SECONDS_LENGTH] !== ".") return SECONDS_LENGTH;
  let end = SECONDS_LENGTH + 1;
  while (end < text.length && isDigit(text.charCodeAt(end))) end++;
  const digits = end - SECONDS_LENGTH - 1;
  return digits >= 1 && digits <= MAX_FRACTION ? end : 0;
}

/** False for what is no number too. */
export function isTime(hours: number, minutes: number, seconds: number): boolean {
  return hours <= 23 && minutes <= 59 && seconds <= 59;
}

/** `Z`, `+02`, `+0200` or `+02:00`, up to the end of the text. */
function isOffset(text: string, from: number): boolean {
  const sign = text[from];
  if (sign === "Z") return from + 1 === text.length;
  if (sign !== "+" && sign !== "-") return false;
  if (!(twoDigits(text, from + 1) <= MAX_OFFSET_HOURS)) return false;
  const rest = text.length - from - 3;
  if (rest === 0) return true;
  if (rest === 2) return twoDigits(text, from + 3) <= 59;
  return rest === 3 && text.charCodeAt(from + 3) === COLON && twoDigits(text, from + 4) <= 59;
}

/** The number that two digits make; NaN, which is in no range, when they are not digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  return isDigit(tens) && isDigit(ones) ? (tens - 48) * 10 + ones - 48 : Number.NaN;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
