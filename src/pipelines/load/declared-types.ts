import { SluiceError } from "../../core/errors.ts";
import { type ColumnType, parseColumnType } from "../../databases/postgres/column-types.ts";

/** The type that the user has declared for a field. Throws schema_unsupported for one that rows cannot be written into. */
export function declaredType(key: string, declared: Readonly<Record<string, string>>): ColumnType | undefined {
  const text = Object.hasOwn(declared, key) ? declared[key] : undefined;
  if (text === undefined) return undefined;
  const type = parseColumnType(text);
  if (type !== undefined) return type;
  throw new SluiceError(
    "schema_unsupported",
    `reading the column types of the connection: "${text}" of ${key} is not a type that rows can be written into. ` +
      "Use one such as bigint, numeric(12,2), timestamptz, jsonb or text.",
  );
}
