/** A moment, with the digits beyond milliseconds that it was written with. */
export interface Instant {
  /** Milliseconds since the Unix epoch, rounded down. */
  ms: number;
  /** Digits of the fraction of a second behind the third. */
  finer: string;
}

const TEXT = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?\s?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/;

/** Numbers from here on count milliseconds, smaller ones seconds: the year 5138 in seconds, 1973 in milliseconds. */
const FIRST_MS = 1e11;

/** The time that a text (ISO 8601, without an offset in UTC) or a number (seconds or milliseconds) stands for. */
export function instantOf(value: string | number): Instant | undefined {
  if (typeof value === "number") return instantOfNumber(value);
  const match = TEXT.exec(value);
  if (match !== null) return instantOfText(match);
  return /^\d{9,13}(\.\d+)?$/.test(value) ? instantOfNumber(Number(value)) : undefined;
}

/** `2026-11-20T10:00:00.123Z` */
export function isoText(ms: number): string {
  return new Date(ms).toISOString();
}

function instantOfNumber(value: number): Instant {
  return { ms: Math.floor(Math.abs(value) >= FIRST_MS ? value : value * 1000), finer: "" };
}

function instantOfText(match: RegExpExecArray): Instant | undefined {
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "", offset] = match;
  const [Y, M, D, h, m, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = Date.UTC(Y, M - 1, D, h, m, s, Number(fraction.slice(0, 3).padEnd(3, "0")));
  const { sign, minutes } = offsetOf(offset);
  const isReal = M >= 1 && M <= 12 && D >= 1 && D <= 31 && h <= 24 && m <= 59 && s <= 60;
  return isReal ? { ms: time - sign * minutes * 60_000, finer: fraction.slice(3).replace(/0+$/, "") } : undefined;
}

function offsetOf(offset: string | undefined): { sign: number; minutes: number } {
  if (offset === undefined || offset === "Z" || offset === "UTC") return { sign: 1, minutes: 0 };
  const digits = offset.slice(1).replace(":", "").padEnd(4, "0");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return { sign: offset.startsWith("-") ? -1 : 1, minutes };
}
