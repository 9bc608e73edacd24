import type { SchemaElement, SchemaTree } from "hyparquet";
import type { SourceColumn } from "../define-connector.ts";

/** What becomes of a value of Parquet: nothing is left to the library that would not be exact. */
export type ParquetKind =
  | { kind: "as_is" | "text" | "json" | "bytes" | "uuid" | "interval" | "date" }
  | { kind: "decimal"; scale: number }
  | { kind: "time"; perSecond: bigint }
  | { kind: "timestamp"; perSecond: bigint; utc: boolean }
  | { kind: "nested"; tree: SchemaTree };

export interface ParquetColumn extends SourceColumn {
  value: ParquetKind;
}

const PER_SECOND = { MILLIS: 1_000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n };

/** The columns of a file, with Postgres's types for them. */
export function parquetColumns(root: SchemaTree): ParquetColumn[] {
  return root.children.map((tree) => {
    const { element } = tree;
    const value = kindOf(tree);
    const nullable = element.repetition_type !== "REQUIRED";
    return { name: element.name, type: typeOf(element, value), nullable, binary: false, value };
  });
}

/** What a value is, by what the schema says of it. */
export function kindOf(tree: SchemaTree): ParquetKind {
  const { element } = tree;
  if (tree.children.length > 0 || element.repetition_type === "REPEATED") return { kind: "nested", tree };
  return leafKind(element);
}

export function leafKind(element: SchemaElement): ParquetKind {
  const { type, converted_type: converted, logical_type: logical } = element;
  const name = logical?.type ?? converted;
  if (logical?.type === "TIME") return { kind: "time", perSecond: PER_SECOND[logical.unit] };
  if (logical?.type === "TIMESTAMP") {
    return { kind: "timestamp", perSecond: PER_SECOND[logical.unit], utc: logical.isAdjustedToUTC };
  }
  if (name === "DECIMAL") return { kind: "decimal", scale: element.scale ?? 0 };
  if (name === "TIME_MILLIS") return { kind: "time", perSecond: PER_SECOND.MILLIS };
  if (name === "TIME_MICROS") return { kind: "time", perSecond: PER_SECOND.MICROS };
  if (name === "TIMESTAMP_MILLIS") return { kind: "timestamp", perSecond: PER_SECOND.MILLIS, utc: true };
  if (name === "TIMESTAMP_MICROS") return { kind: "timestamp", perSecond: PER_SECOND.MICROS, utc: true };
  if (type === "INT96") return { kind: "timestamp", perSecond: PER_SECOND.NANOS, utc: false };
  return { kind: PLAIN_KINDS[name ?? ""] ?? (isBytes(element) && name !== "FLOAT16" ? "bytes" : "as_is") };
}

const PLAIN_KINDS: Readonly<Record<string, "text" | "json" | "uuid" | "interval" | "date">> = {
  STRING: "text",
  UTF8: "text",
  ENUM: "text",
  JSON: "json",
  UUID: "uuid",
  INTERVAL: "interval",
  DATE: "date",
};

function isBytes({ type }: SchemaElement): boolean {
  return type === "BYTE_ARRAY" || type === "FIXED_LEN_BYTE_ARRAY";
}

function typeOf(element: SchemaElement, value: ParquetKind): string {
  switch (value.kind) {
    case "nested":
    case "json":
      return "jsonb";
    case "decimal":
      return element.precision === undefined ? "numeric" : `numeric(${element.precision},${value.scale})`;
    case "timestamp":
      return value.utc ? "timestamptz" : "timestamp";
    case "bytes":
      return "bytea";
    case "as_is":
      return numberType(element);
    default:
      return value.kind;
  }
}

function numberType({ type, converted_type: converted, logical_type: logical }: SchemaElement): string {
  if (type === "BOOLEAN") return "boolean";
  if (type === "DOUBLE") return "double precision";
  if (type === "FLOAT" || logical?.type === "FLOAT16") return "real";
  const unsigned = converted?.startsWith("UINT_") || (logical?.type === "INTEGER" && !logical.isSigned);
  const bits = logical?.type === "INTEGER" ? logical.bitWidth : Number(/\d+$/.exec(converted ?? "")?.[0] ?? 0);
  if (type === "INT64") return unsigned && bits === 64 ? "numeric(20,0)" : "bigint";
  return unsigned && bits === 32 ? "bigint" : "integer";
}

/** The columns of all files of a stream: one that has two types gets the one that holds both. */
export function uniteColumns(files: readonly (readonly SourceColumn[])[]): SourceColumn[] {
  const united = new Map<string, SourceColumn>();
  for (const columns of files) {
    for (const { name, type, nullable } of columns) {
      const known = united.get(name);
      const both = known === undefined ? type : commonType(known.type, type);
      united.set(name, { name, type: both, nullable: nullable || known?.nullable === true, binary: false });
    }
  }
  const inAll = (name: string) => files.every((columns) => columns.some((column) => column.name === name));
  return [...united.values()].map((column) => (inAll(column.name) ? column : { ...column, nullable: true }));
}

const WHOLE: readonly string[] = ["integer", "bigint"];
const FLOATING: readonly string[] = ["real", "double precision"];

function commonType(one: string, other: string): string {
  const both = [one, other];
  if (one === other) return one;
  if (both.every((type) => WHOLE.includes(type))) return "bigint";
  if (both.every((type) => FLOATING.includes(type))) return "double precision";
  if (both.every((type) => WHOLE.includes(type) || FLOATING.includes(type) || type.startsWith("numeric")))
    return "numeric";
  if (both.every((type) => type === "date" || type === "timestamp")) return "timestamp";
  return "text";
}
