import type { RowBatch, SlicedBatch } from "../../connector/define-connector.ts";
import { plainType, type TypeKind } from "../../databases/postgres/column-types.ts";
import { declaredType } from "./declared-types.ts";
import { fieldsOf } from "./row-field.ts";
import type { TableSchema } from "./table-schema.ts";
import { joinKinds, kindOfValue } from "./value-kind.ts";

export interface InferenceRules {
  /** Rows to look at. */
  limit: number;
  /** False where the drift policy keeps new columns out of a table that is there already. */
  mayAdd: boolean;
  /** Types that the user has declared, by source field. */
  declared: Readonly<Record<string, string>>;
}

/**
 * Gives the schema its first columns from exactly the first `limit` rows, however they are spread over batches, so that
 * the types do not depend on where batches were cut. Fields without a value among them get their column with the first
 * value that comes.
 */
export function inferColumns(schema: TableSchema, batches: readonly RowBatch[], rules: InferenceRules): void {
  const { declared } = rules;
  const kinds = new Map<string, TypeKind | undefined>();
  let left = rules.limit;
  for (const batch of batches) {
    const rows = Math.min(left, rowCount(batch));
    for (let i = 0; i < rows; i++) {
      for (const { key, value, untyped } of fieldsOf(batch, i)) {
        if (value === undefined) continue;
        const kind = value === null ? undefined : kindOfValue(value, untyped);
        kinds.set(key, kind === undefined ? kinds.get(key) : joinKinds(kinds.get(key), kind));
      }
    }
    left -= rows;
  }
  const nothingKnown = [...kinds.values()].every((kind) => kind === undefined);
  for (const [key, kind] of kinds) {
    const inferred = kind ?? (nothingKnown ? "text" : undefined);
    if (schema.column(key) !== undefined) continue;
    const type = declaredType(key, declared) ?? (inferred === undefined ? undefined : plainType(inferred));
    if (type === undefined || schema.claim(key) !== undefined) continue;
    if (rules.mayAdd && schema.unwritable(key) === undefined) schema.add(key, type);
  }
}

export function rowCount(batch: RowBatch | SlicedBatch): number {
  if ("sliced" in batch) return batch.sliced.count;
  return "rows" in batch ? batch.rows.length : batch.values.length;
}
