import { parseColumnType, type TypeKind } from "./column-types.ts";
import { quoteIdentifier } from "./identifiers.ts";
import type { ColumnShape } from "./table.ts";

/**
 * Types whose `=` says that two values are the same and not only worth the same: 1.0 = 1.00, `1 day` = `24 hours` and
 * -0 = 0 hold too, and json has no `=` at all. Values of other types are compared by their bytes.
 */
const EXACT = new Set<TypeKind>([
  "boolean",
  "smallint",
  "integer",
  "bigint",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "uuid",
  "bytea",
]);

/** Whether any of the columns differs between two rows, by their aliases. Nulls are equal. */
export function differsSql(columns: readonly ColumnShape[], one: string, other: string): string {
  const exact = columns.filter(isExact).map(({ name }) => quoteIdentifier(name));
  const byBytes = columns.filter((column) => !isExact(column)).map(({ name }) => quoteIdentifier(name));
  const terms = exact.map((column) => `${one}.${column} is distinct from ${other}.${column}`);
  if (byBytes.length > 0)
    terms.push(`${recordSql(byBytes, one)} operator(pg_catalog.*<>) ${recordSql(byBytes, other)}`);
  return terms.length === 0 ? "false" : `(${terms.join(" or ")})`;
}

function recordSql(columns: readonly string[], alias: string): string {
  return `row(${columns.map((column) => `${alias}.${column}`).join(", ")})::record`;
}

function isExact({ type }: ColumnShape): boolean {
  const parsed = parseColumnType(type);
  if (parsed === undefined) return false;
  const isText = parsed.kind === "text" && parsed.fixedLength !== true;
  return isText || EXACT.has(parsed.kind);
}

/** Whether a row bears the mark of a deleted one: true, a number but zero, a text but an empty or negative one, any time. */
export function deletedSql({ name, type }: ColumnShape, alias: string): string {
  const value = `${alias}.${quoteIdentifier(name)}`;
  switch (parseColumnType(type)?.kind) {
    case "boolean":
      return `${value} is true`;
    case "smallint":
    case "integer":
    case "bigint":
    case "numeric":
    case "real":
    case "double":
      return `coalesce(${value} <> 0, false)`;
    case "text":
      return `(coalesce(lower(trim(${value})), '') not in ('', 'false', 'f', 'no', 'n', '0'))`;
    default:
      return `${value} is not null`;
  }
}

/** Whether the one row's version is at least the other's; a row without a version is older than any with one. */
export function notOlderSql(version: string, one: string, other: string): string {
  const column = quoteIdentifier(version);
  return `(${other}.${column} is null or ${one}.${column} >= ${other}.${column})`;
}

export function sameKeySql(key: readonly string[], one: string, other: string): string {
  return key.map((name) => `${one}.${quoteIdentifier(name)} = ${other}.${quoteIdentifier(name)}`).join(" and ");
}

/** Names as they are listed in a statement, with an alias before each if one is given. */
export function listSql(names: readonly string[], alias = ""): string {
  const prefix = alias === "" ? "" : `${alias}.`;
  return names.map((name) => prefix + quoteIdentifier(name)).join(", ");
}
