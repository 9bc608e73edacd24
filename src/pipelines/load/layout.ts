import type { RowForm, SourceColumn } from "../../connector/define-connector.ts";
import { type ColumnType, sourceType } from "../../databases/postgres/column-types.ts";
import { normaliseName, RUN_ID } from "../../databases/postgres/names.ts";
import { declaredType } from "./declared-types.ts";
import type { LoadTarget } from "./load-target.ts";
import type { Column } from "./table-schema.ts";

/** How the rows of a source with types of its own come in. */
export interface Layout {
  form: RowForm;
  /** Why rows are not passed on as bytes; undefined when they are. */
  reason: string | undefined;
  /** The target's columns, in the order of the source's. */
  columns: string[];
  /** The same of rows that begin with their run's id. */
  ledColumns: string[];
}

/**
 * Gives the target the source's own columns, and passes rows on as bytes if every column lines up: same type, nothing
 * to add that the drift policy keeps out, no value that must be looked at.
 */
export function agreeOnLayout(target: LoadTarget, source: readonly SourceColumn[], isNew: boolean): Layout {
  const { plan, schema } = target;
  const mayAdd = isNew || plan.drift === "evolve";
  const names: string[] = [];
  let reason: string | undefined;
  for (const { name, type, nullable } of source) {
    const wanted = declaredType(name, plan.columns ?? {}) ?? sourceType(type);
    const column = schema.declare(name, wanted, mayAdd);
    reason ??= obstacle({ name, type, nullable }, column);
    if (column !== undefined) names.push(column.name);
  }
  if (isNew) schema.takeChanges();
  if (schema.missingKey !== undefined)
    reason ??= `the source has no column ${schema.missingKey}, which is part of the key`;
  const columns = { columns: names, ledColumns: [RUN_ID, ...names] };
  if (reason !== undefined) return { form: "values", reason, ...columns };
  return { form: source.every((column) => column.binary) ? "copy_binary" : "copy_text", reason, ...columns };
}

/** Gives the target the columns that the source speaks of, under names as inference would give them. */
export function agreeOnColumns(
  { plan, schema }: LoadTarget,
  columns: readonly Pick<SourceColumn, "name" | "type">[],
  isNew: boolean,
): void {
  const mayAdd = isNew || plan.drift === "evolve";
  for (const { name, type } of columns) {
    const wanted = declaredType(name, plan.columns ?? {}) ?? sourceType(type);
    schema.declare(name, wanted, mayAdd, normaliseName);
  }
  if (isNew) schema.takeChanges();
}

function obstacle(
  { name, type, nullable }: Pick<SourceColumn, "name" | "type" | "nullable">,
  column: Column | undefined,
): string | undefined {
  if (column === undefined) return `the table has no column that ${name} may be written into`;
  if (!isSame(column.type, sourceType(type)))
    return `${name} is ${type} at the source and ${column.type.sql} in the table`;
  return column.required && nullable ? `${name} is part of the key and may be null at the source` : undefined;
}

function isSame(a: ColumnType, b: ColumnType): boolean {
  return a.sql === b.sql;
}
