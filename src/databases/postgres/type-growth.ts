import { type ColumnType, hasLimits, isWider, type TypeKind } from "./column-types.ts";

/** Kinds whose stored values read the same after `alter column type`: integers grow, and these become text unchanged. */
export const GROWS: Partial<Record<TypeKind, readonly TypeKind[]>> = {
  smallint: ["integer", "bigint", "numeric", "text"],
  integer: ["bigint", "numeric", "text"],
  bigint: ["numeric", "text"],
  numeric: ["text"],
  date: ["text"],
  time: ["text"],
  boolean: ["text"],
  uuid: ["text"],
};

/** Whether a column of the one type can be altered to the other, with stored values staying as they are. */
export function growsInto(from: ColumnType, to: ColumnType): boolean {
  return !hasLimits(to) && (GROWS[from.kind] ?? []).includes(to.kind);
}

/** Whether a column of the one type takes every value of the other as it is. */
export function holds(column: ColumnType, value: ColumnType): boolean {
  return column.sql === value.sql || growsInto(value, column) || isWider(value, column);
}
