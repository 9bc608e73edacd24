import { numericDigits } from "./number-text.ts";

/** The families of column types that rows can be written into; each has one encoder. */
export type TypeKind =
  | "boolean"
  | "smallint"
  | "integer"
  | "bigint"
  | "numeric"
  | "real"
  | "double"
  | "date"
  | "time"
  | "timestamp"
  | "timestamptz"
  | "uuid"
  | "json"
  | "jsonb"
  | "text"
  | "bytea"
  /** Any other type of the server's: only for sources that have it too, whose text is passed on as it is. */
  | "other";

/** A column's type as Postgres names it, with what a value must keep to. */
export interface ColumnType {
  kind: TypeKind;
  /** For `create table`, as `format_type` prints it: `numeric(10,2)`. */
  sql: string;
  /** Characters that `character varying(n)` holds. */
  maxLength?: number;
  /** `character(n)`: shorter values would come back padded. */
  fixedLength?: boolean;
  precision?: number;
  scale?: number;
}

const SQL_NAMES: Record<string, TypeKind> = {
  boolean: "boolean",
  smallint: "smallint",
  integer: "integer",
  bigint: "bigint",
  numeric: "numeric",
  real: "real",
  "double precision": "double",
  date: "date",
  "time without time zone": "time",
  "timestamp without time zone": "timestamp",
  "timestamp with time zone": "timestamptz",
  uuid: "uuid",
  json: "json",
  jsonb: "jsonb",
  text: "text",
  "character varying": "text",
  character: "text",
  bytea: "bytea",
};

const ALIASES: Record<string, string> = {
  bool: "boolean",
  int2: "smallint",
  int4: "integer",
  int: "integer",
  int8: "bigint",
  decimal: "numeric",
  float4: "real",
  float8: "double precision",
  double: "double precision",
  time: "time without time zone",
  timestamp: "timestamp without time zone",
  timestamptz: "timestamp with time zone",
  varchar: "character varying",
  char: "character",
  string: "text",
};

/** Reads a type as `format_type` or a person writes it; undefined when rows cannot be written into it. */
export function parseColumnType(text: string): ColumnType | undefined {
  const match = /^([a-z0-9_ ]+?)\s*(?:\(\s*(\d+)\s*(?:,\s*(-?\d+)\s*)?\))?$/.exec(text.trim().toLowerCase());
  if (match === null) return undefined;
  const name = ALIASES[match[1] as string] ?? (match[1] as string);
  const kind = SQL_NAMES[name];
  if (kind === undefined) return undefined;
  const size = match[2] === undefined ? undefined : Number(match[2]);
  if (size === undefined)
    return { kind, sql: name, ...(name === "character" ? { maxLength: 1, fixedLength: true } : {}) };
  if (kind === "numeric") return numericType(size, Number(match[3] ?? 0));
  if (kind !== "text" || name === "text") return undefined;
  return { kind, sql: `${name}(${size})`, maxLength: size, ...(name === "character" ? { fixedLength: true } : {}) };
}

/** A type as a source with types of its own names it, also one that Sluice has no encoder for. */
export function sourceType(text: string): ColumnType {
  return parseColumnType(text) ?? { kind: "other", sql: text };
}

/** Whether every value of the one type reads the same as a value of the other. */
export function isWider(from: ColumnType, to: ColumnType): boolean {
  if (from.kind !== to.kind || from.sql === to.sql || from.fixedLength === true || to.fixedLength === true)
    return false;
  if (to.maxLength !== undefined) return from.maxLength !== undefined && to.maxLength >= from.maxLength;
  if (to.precision === undefined) return hasLimits(from);
  if (from.precision === undefined || from.scale !== to.scale) return false;
  return to.precision >= from.precision;
}

/** The type of a kind without limits: what inference makes. */
export function plainType(kind: TypeKind): ColumnType {
  const sql = Object.entries(SQL_NAMES).find(([, candidate]) => candidate === kind)?.[0] as string;
  return { kind, sql };
}

/** Whether a text of the right kind keeps within the type's length, precision and scale. */
export function withinLimits(type: ColumnType, text: string): boolean {
  if (type.maxLength !== undefined) {
    const length = text.length <= type.maxLength ? text.length : [...text].length;
    return type.fixedLength ? length === type.maxLength && !text.endsWith(" ") : length <= type.maxLength;
  }
  if (type.precision === undefined) return true;
  const { integer, fraction } = numericDigits(text);
  const scale = type.scale ?? 0;
  return fraction <= scale && integer <= type.precision - scale;
}

export function hasLimits(type: ColumnType): boolean {
  return type.maxLength !== undefined || type.precision !== undefined;
}

function numericType(precision: number, scale: number): ColumnType {
  return { kind: "numeric", sql: `numeric(${precision},${scale})`, precision, scale };
}
