import type pg from "pg";
import { SluiceError } from "../../../core/errors.ts";
import { describeTable } from "../../../databases/postgres/introspect.ts";
import { forgetChildren } from "../../../databases/postgres/schema-store.ts";
import type { LoadTarget } from "../load-target.ts";

/** The way back from tables to jsonb: tables whose rows nobody would keep up to date any more must be gone first. */
export async function refuseWhatIsLeft(client: pg.Client, target: LoadTarget): Promise<void> {
  const { storedChildren, label, identity } = target;
  if (storedChildren.length === 0) return;
  const left: string[] = [];
  for (const { namespace, table } of storedChildren) {
    if ((await describeTable(client, namespace, table)) !== undefined) left.push(`${namespace}.${table}`);
  }
  if (left.length === 0) return forgetChildren(client, identity);
  const message = `loading ${label}: lists in its rows are kept in ${left.join(", ")}, which would grow out of date, as the stream's \`nested\` is not "tables" any more. Set it again, or drop those tables.`;
  throw new SluiceError("schema_unsupported", message, { details: { tables: left } });
}

/** Where values come as text or bytes of their types there is nothing to take apart. */
export function refuseNestedLayout(table: string): SluiceError {
  const message = `loading ${table}: the source's columns have types of their own, and \`nested: "tables"\` is for sources whose rows are JSON. Unset the stream's \`nested\`.`;
  return new SluiceError("schema_unsupported", message);
}
