import { ConnectorError } from "../connector-error.ts";
import { type Instant, instantOf } from "./instant.ts";

/** How far a stream is read: the source's own text, or its number as far as a double holds it, else its digits. */
export type CursorValue = string | number;

/** How two of them are compared. `auto` looks at what they are. */
export type Comparison = "auto" | "time" | "number" | "text";

export type Compare = (a: CursorValue, b: CursorValue) => number;

const INTEGER = /^-?\d+$/;
/** `2026-11-20T10:00:00…Z`: texts of this form and of one length sort as the times do. */
const ISO_LENGTHS = { from: 20, to: 30 };
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;

/** A field's value as a cursor; undefined when it cannot be one. */
export function cursorValueOf(value: unknown): CursorValue | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "object" && value !== null && isRawJson(value)) return JSON.stringify(value);
  return undefined;
}

/** Negative when the first comes before the second. @throws ConnectorError `source_format` when they do not compare. */
export function compareBy(comparison: Comparison): Compare {
  if (comparison === "number") return compareNumbers;
  if (comparison === "time") return compareTimes;
  return comparison === "text" ? compareTexts : compareAsTheyAre;
}

function compareAsTheyAre(a: CursorValue, b: CursorValue): number {
  if (a === b) return 0;
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") {
    if (a.length === b.length && isUtcText(a) && isUtcText(b)) return a < b ? -1 : 1;
  }
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b);
  const [left, right] = [instantOf(a), instantOf(b)];
  return left !== undefined && right !== undefined ? compareInstants(left, right) : compareTexts(a, b);
}

function compareTexts(a: CursorValue, b: CursorValue): number {
  const [left, right] = [String(a), String(b)];
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function compareNumbers(a: CursorValue, b: CursorValue): number {
  if (INTEGER.test(String(a)) && INTEGER.test(String(b))) {
    const [left, right] = [BigInt(a), BigInt(b)];
    if (left === right) return 0;
    return left < right ? -1 : 1;
  }
  const difference = Number(a) - Number(b);
  if (Number.isNaN(difference)) throw incomparable("numbers");
  return difference;
}

function compareTimes(a: CursorValue, b: CursorValue): number {
  const [left, right] = [instantOf(a), instantOf(b)];
  if (left === undefined || right === undefined) throw incomparable("times");
  return compareInstants(left, right);
}

function compareInstants(a: Instant, b: Instant): number {
  if (a.ms !== b.ms) return a.ms - b.ms;
  const length = Math.max(a.finer.length, b.finer.length);
  return compareTexts(a.finer.padEnd(length, "0"), b.finer.padEnd(length, "0"));
}

function isUtcText(text: string): boolean {
  const { length } = text;
  if (length < ISO_LENGTHS.from || length > ISO_LENGTHS.to) return false;
  return text.charCodeAt(10) === LETTER_T && text.charCodeAt(length - 1) === LETTER_Z;
}

function isNumeric(value: CursorValue): boolean {
  return typeof value === "number" || /^-?\d+(\.\d+)?$/.test(value);
}

function isRawJson(value: object): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}

function incomparable(what: string): ConnectorError {
  const message = `comparing values of the cursor field: they are not all ${what}. Set \`cursor.compare\` to what they are.`;
  return new ConnectorError("source_format", message);
}
