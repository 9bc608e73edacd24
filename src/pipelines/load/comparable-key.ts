import pg from "pg";
import { SluiceError } from "../../core/errors.ts";
import { parseColumnType } from "../../databases/postgres/column-types.ts";
import type { LoadTarget } from "./load-target.ts";

/**
 * Throws schema_unsupported when a key or the version of `merge` is of a type that the server has no order for: it could
 * not find rows by the one, nor tell newer ones by the other. It is for the server to say so: that depends on its
 * release, and for an array on what it is made of.
 */
export async function assertComparable(client: pg.Client, target: LoadTarget): Promise<void> {
  const { mode, version_field } = target.plan;
  if (mode !== "merge") return;
  const key = target.keyColumns;
  const version = version_field === undefined ? undefined : target.schema.keyColumn(version_field)?.name;
  for (const { name, type } of target.columns) {
    const setting = key.includes(name) ? "primary_key" : name === version ? "version_field" : undefined;
    if (setting === undefined || isKnownToCompare(type)) continue;
    if (!(await hasOrder(client, type))) throw incomparable(target.label, { name, type, setting });
  }
}

function isKnownToCompare(type: string): boolean {
  const kind = parseColumnType(type)?.kind;
  return kind !== undefined && kind !== "json";
}

const UNDEFINED_FUNCTION = "42883";

async function hasOrder(client: pg.Client, type: string): Promise<boolean> {
  try {
    await client.query(`select from (select null::${type} as value) one order by value`);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === UNDEFINED_FUNCTION) return false;
    throw error;
  }
}

function incomparable(table: string, column: { name: string; type: string; setting: string }): SluiceError {
  const { name, type, setting } = column;
  const message = `merging into ${table}: ${name} is of type ${type}, whose values the server cannot compare. Name another field as the stream's \`${setting}\`, or set its \`mode\` to append or replace.`;
  return new SluiceError("schema_unsupported", message, { details: column });
}
