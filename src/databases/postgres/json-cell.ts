import { writtenOut } from "./number-text.ts";

/**
 * JSON as a column takes it. What jsonb cannot hold (numbers beyond numeric's digits, deep nesting) is known before it is
 * sent: one such value would fail the COPY of all rows.
 */

/** Lists and objects within each other. Far beyond what people write, and far from the end of anybody's stack. */
export const MAX_JSON_DEPTH = 1000;

/** JSON text of any value a connector may give, bigints and bytes inside included. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, plainValue) ?? "null";
}

/** The text for a json column; undefined when the value is nested too deeply. */
export function jsonCell(value: unknown): string | undefined {
  return within(value, plainValue);
}

/** The text for a jsonb column; undefined when the value is nested too deeply or holds a number that numeric cannot. */
export function jsonbCell(value: unknown): string | undefined {
  return within(value, storableValue);
}

/** Whether text is JSON that a json column takes. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return !isTooDeepText(text);
  } catch {
    return false;
  }
}

/** Numbers with so many digits, and characters that only jsonb minds. */
const SUSPECT = /[eE][+-]?\d{4}|\d{4000}|\\u(?:0000|[dD])/;

/** Whether text is JSON that a jsonb column takes. */
export function isJsonb(text: string): boolean {
  return isJson(text) && (!SUSPECT.test(text) || isStorable(text));
}

/** Whether lists and objects in the value are nested more deeply than is stored. */
export function isTooDeep(value: unknown, left = MAX_JSON_DEPTH): boolean {
  if (!isNested(value)) return false;
  return left === 0 || Object.values(value).some((inner) => isTooDeep(inner, left - 1));
}

/** Lists and objects; not dates, bytes or numbers kept as text. */
export function isNested(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return !(value instanceof Date || value instanceof Uint8Array || isRawJson(value));
}

/** Zeros that say nothing: shorter numbers lose them too, on their way through a double. */
const LAST_ZEROS = /^(-?\d+)(?:\.0+|(\.\d*[1-9])0+)$/;

/**
 * The digits of a number that came as JSON source text (`JSON.rawJSON`), without zeros that end a fraction; undefined for
 * anything else.
 */
export function rawNumber(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !isRawJson(value)) return undefined;
  return value.rawJSON.replace(LAST_ZEROS, "$1$2");
}

const UNSTORABLE = Symbol("jsonb cannot hold it");

function within(value: unknown, replacer: (key: string, value: unknown) => unknown): string | undefined {
  try {
    const text = JSON.stringify(value, replacer) ?? "null";
    return isTooDeepText(text) ? undefined : text;
  } catch (error) {
    if (error === UNSTORABLE || error instanceof RangeError) return undefined;
    throw error;
  }
}

function plainValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return json.rawJSON(String(value));
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  return value;
}

function storableValue(key: string, value: unknown): unknown {
  const digits = typeof value === "bigint" ? String(value) : rawNumber(value);
  if (digits !== undefined && writtenOut(digits) === undefined) throw UNSTORABLE;
  return plainValue(key, value);
}

function isTooDeepText(text: string): boolean {
  return text.length > 2 * MAX_JSON_DEPTH && depthOf(text) > MAX_JSON_DEPTH;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = closingQuote(text, at);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) deepest = Math.max(deepest, ++depth);
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
  }
  return deepest;
}

function closingQuote(text: string, opening: number): number {
  let at = opening + 1;
  while (text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

function isStorable(text: string): boolean {
  let storable = true;
  json.parse(text, (key, value, { source = "" }) => {
    const isFine = typeof value === "number" ? writtenOut(source) !== undefined : isText(value);
    storable &&= isFine && isText(key);
    return value;
  });
  return storable;
}

function isText(value: unknown): boolean {
  return typeof value !== "string" || (!value.includes("\0") && value.isWellFormed());
}

/** In every Node that Sluice runs on, but not yet in TypeScript's library. */
interface ExactJson {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
}

const json = JSON as unknown as ExactJson;

function isRawJson(value: object): value is { rawJSON: string } {
  return json.isRawJSON(value);
}
