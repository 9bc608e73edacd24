import type { TypeKind } from "../../databases/postgres/column-types.ts";
import { rawNumber } from "../../databases/postgres/json-cell.ts";
import { bigintText, isBigintText, isNumericText, writtenOut } from "../../databases/postgres/number-text.ts";
import { temporalType } from "../../databases/postgres/temporal-text.ts";
import { GROWS } from "../../databases/postgres/type-growth.ts";

/** The narrowest kind of column that keeps the value as it is. */
export function kindOfValue(value: unknown, untyped: boolean): TypeKind {
  if (typeof value === "string") return untyped ? kindOfText(value) : (temporalType(value) ?? "text");
  if (typeof value === "number") return bigintText(value) === undefined ? "numeric" : "bigint";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "bigint") return BigInt.asIntN(64, value) === value ? "bigint" : "numeric";
  if (value instanceof Date) return "timestamptz";
  if (value instanceof Uint8Array) return "bytea";
  const digits = rawNumber(value);
  if (digits !== undefined) return kindOfDigits(digits);
  return "jsonb";
}

function kindOfDigits(digits: string): TypeKind {
  if (isBigintText(digits)) return "bigint";
  return writtenOut(digits) === undefined ? "text" : "numeric";
}

function kindOfText(text: string): TypeKind {
  if (isBigintText(text)) return "bigint";
  if (isNumericText(text)) return "numeric";
  if (text === "true" || text === "false") return "boolean";
  return temporalType(text) ?? "text";
}

/** The kind that holds both, for values that are not stored yet. Order does not matter: it is a join. */
export function joinKinds(a: TypeKind | undefined, b: TypeKind): TypeKind {
  if (a === undefined || a === b) return b;
  if (a === "jsonb" || b === "jsonb") return "jsonb";
  const numbers = (a === "bigint" || a === "numeric") && (b === "bigint" || b === "numeric");
  return numbers ? "numeric" : "text";
}

/** The kind that a column can be altered to so that it holds the value too; undefined when stored values would change. */
export function widenedKind(column: TypeKind, value: TypeKind): TypeKind | undefined {
  const steps = GROWS[column] ?? [];
  const isInteger = value === "bigint" && column !== "bigint";
  if (value === "numeric" || isInteger)
    return steps.find((kind) => kind === value || kind === "numeric") ?? steps.at(-1);
  return steps.includes("text") ? "text" : undefined;
}
