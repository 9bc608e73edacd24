import { type ColumnType, hasLimits, type TypeKind, withinLimits } from "./column-types.ts";
import { isJson, isJsonb, isNested, jsonbCell, jsonCell, jsonText, rawNumber } from "./json-cell.ts";
import { bigintText, isBigintText, isNumericText, writtenOut } from "./number-text.ts";
import { isTimeText, type TemporalType, temporalType } from "./temporal-text.ts";

/** The COPY text of a value, escaped; undefined when the value does not fit the column as it is. */
export type CellEncoder = (value: unknown) => string | undefined;

/** How COPY writes "no value". */
export const COPY_NULL = "\\N";

const SPECIAL = /[\\\n\r\t]/;
const ALL_SPECIAL = /[\\\n\r\t]/g;
const ESCAPES: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

export function escapeCopyText(text: string): string {
  return SPECIAL.test(text) ? text.replace(ALL_SPECIAL, (character) => ESCAPES[character] as string) : text;
}

/** For values that have a type of their own: what JSON or a program gives. */
export function typedEncoder(type: ColumnType): CellEncoder {
  const encode = TYPED[type.kind];
  return hasLimits(type) ? limited(type, encode) : encode;
}

/** For values that are all text: what a CSV file gives. A number or date counts when its text would come back exactly. */
export function untypedEncoder(type: ColumnType): CellEncoder {
  const encode = UNTYPED[type.kind];
  return hasLimits(type) ? limited(type, encode) : encode;
}

/** Values that are, as JSON or an untyped source has them, what a column's values are in COPY text. */
export type PlainToken = "string" | "integer" | "number" | "boolean" | TemporalType;

const PLAIN_TOKENS: Partial<Record<TypeKind, PlainToken>> = {
  text: "string",
  bigint: "integer",
  numeric: "number",
  boolean: "boolean",
  date: "date",
  timestamp: "timestamp",
  timestamptz: "timestamptz",
};

/** Which tokens need not be looked at: strings without escapes, and numbers of few digits. Undefined where all must be. */
export function plainTokenOf(type: ColumnType): PlainToken | undefined {
  return hasLimits(type) ? undefined : PLAIN_TOKENS[type.kind];
}

function limited(type: ColumnType, encode: CellEncoder): CellEncoder {
  return (value) => {
    const text = encode(value);
    return text === undefined || withinLimits(type, typeof value === "string" ? value : text) ? text : undefined;
  };
}

const TYPED: Record<TypeKind, CellEncoder> = {
  boolean: (value) => (value === true ? "t" : value === false ? "f" : undefined),
  smallint: (value) => integerBetween(value, -32_768n, 32_767n),
  integer: (value) => integerBetween(value, -2_147_483_648n, 2_147_483_647n),
  bigint: encodeBigint,
  numeric: encodeNumeric,
  real: (value) => (typeof value === "number" && Object.is(Math.fround(value), value) ? floatText(value) : undefined),
  double: (value) => (typeof value === "number" ? floatText(value) : undefined),
  date: (value) => (typeof value === "string" && temporalType(value) === "date" ? value : undefined),
  time: (value) => (typeof value === "string" && isTimeText(value) ? value : undefined),
  timestamp: (value) => (typeof value === "string" && temporalType(value) === "timestamp" ? value : undefined),
  timestamptz: encodeTimestamptz,
  uuid: encodeUuid,
  json: encodeJson,
  jsonb: encodeJsonb,
  text: encodeText,
  bytea: (value) => (value instanceof Uint8Array ? `\\\\x${Buffer.from(value).toString("hex")}` : undefined),
  other: () => undefined,
};

const UNTYPED: Record<TypeKind, CellEncoder> = {
  boolean: (value) => (value === "true" || value === "false" ? value : undefined),
  smallint: (value) =>
    isBigintText(value as string) ? integerBetween(BigInt(value as string), -32_768n, 32_767n) : undefined,
  integer: (value) =>
    isBigintText(value as string)
      ? integerBetween(BigInt(value as string), -2_147_483_648n, 2_147_483_647n)
      : undefined,
  bigint: (value) => (isBigintText(value as string) ? (value as string) : undefined),
  numeric: (value) => (isNumericText(value as string) ? (value as string) : undefined),
  real: (value) => floatFromText(value as string, true),
  double: (value) => floatFromText(value as string, false),
  date: (value) => (temporalType(value as string) === "date" ? (value as string) : undefined),
  time: (value) => (isTimeText(value as string) ? (value as string) : undefined),
  timestamp: (value) => (temporalType(value as string) === "timestamp" ? (value as string) : undefined),
  timestamptz: (value) => (temporalType(value as string) === "timestamptz" ? (value as string) : undefined),
  uuid: encodeUuid,
  // Text from an untyped source goes into a JSON column when it is JSON.
  json: (value) => (isJson(value as string) ? escapeCopyText(value as string) : undefined),
  jsonb: (value) => (isJsonb(value as string) ? escapeCopyText(value as string) : undefined),
  text: (value) => escapeCopyText(value as string),
  bytea: () => undefined,
  other: () => undefined,
};

/** For text that a server with the same type has written. */
export const sameTypeEncoder: CellEncoder = (value) => escapeCopyText(value as string);

/** Any value as the text that a text column keeps: strings as they are, numbers as a numeric column would give them
 * back, the rest as JSON. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "boolean") return String(value);
  if (typeof value === "number") return writtenOut(`${value}`) as string;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString("hex")}`;
  const digits = rawNumber(value);
  return digits === undefined ? jsonText(value) : (writtenOut(digits) ?? digits);
}

function encodeBigint(value: unknown): string | undefined {
  if (typeof value === "number") return bigintText(value);
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value ? `${value}` : undefined;
  const digits = rawNumber(value);
  return digits !== undefined && isBigintText(digits) ? digits : undefined;
}

function integerBetween(value: unknown, min: bigint, max: bigint): string | undefined {
  const text = encodeBigint(value);
  if (text === undefined) return undefined;
  const number = BigInt(text);
  return number >= min && number <= max ? text : undefined;
}

function encodeNumeric(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "bigint") return `${value}`;
  const digits = rawNumber(value);
  return digits === undefined ? undefined : writtenOut(digits);
}

function encodeTimestamptz(value: unknown): string | undefined {
  if (typeof value === "string") return temporalType(value) === "timestamptz" ? value : undefined;
  return value instanceof Date &&
    !Number.isNaN(value.getTime()) &&
    value.getUTCFullYear() >= 1 &&
    value.getUTCFullYear() <= 9999
    ? value.toISOString()
    : undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function encodeUuid(value: unknown): string | undefined {
  return typeof value === "string" && UUID.test(value) ? value : undefined;
}

function encodeJson(value: unknown): string | undefined {
  const text = jsonCell(value);
  return text === undefined ? undefined : escapeCopyText(text);
}

function encodeJsonb(value: unknown): string | undefined {
  const text = jsonbCell(value);
  return text === undefined ? undefined : escapeCopyText(text);
}

/** What is nested too deeply for JSON is no text either: rows must not depend on which of the two a column is. */
function encodeText(value: unknown): string | undefined {
  if (typeof value === "string") return escapeCopyText(value);
  return isNested(value) ? encodeJson(value) : escapeCopyText(valueText(value));
}

function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : `${value}`;
}

function floatFromText(text: string, single: boolean): string | undefined {
  const number = Number(text);
  if (text.trim() === "" || Number.isNaN(number)) return undefined;
  return String(single ? Math.fround(number) : number) === text ? text : undefined;
}
