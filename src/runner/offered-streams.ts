import { normaliseName } from "../databases/postgres/names.ts";
import type { Connection } from "../workspace/config-schema.ts";
import type { AnyStream } from "./connector-calls.ts";
import { loadingOf, namespaceOf, selectionOf } from "./stream-settings.ts";

/** A stream of a source, and how the connection loads it; null is what nobody knows. */
export interface OfferedStream {
  name: string;
  description: string | null;
  selected: boolean;
  mode: string;
  primary_key: readonly string[];
  cursor_field: string | null;
  ordered: boolean;
  table: string;
  /** What the connector would do; the connection's own settings win. */
  proposed: { mode: string; primary_key: readonly string[]; cursor_field: string | null };
  estimated_rows: number | null;
  columns: readonly { name: string; type: string; nullable: boolean }[] | null;
}

export function offeredStream(connection: Connection, stream: AnyStream): OfferedStream {
  const { name, description = null, ordered = false, columns = null, estimatedRows = null } = stream;
  const { mode, primary_key, cursor_field = null } = loadingOf(connection, stream);
  const table = connection.schema.streams?.[name]?.table ?? stream.table ?? normaliseName(name);
  return {
    ...{ name, description, mode, primary_key, cursor_field, ordered },
    selected: selectionOf(connection).includes(name),
    table: `${namespaceOf(connection)}.${table}`,
    proposed: {
      mode: stream.mode ?? "append",
      primary_key: [...(stream.primaryKey ?? [])],
      cursor_field: stream.cursorField ?? null,
    },
    estimated_rows: estimatedRows,
    columns: columns?.map(({ name: column, type, nullable }) => ({ name: column, type, nullable })) ?? null,
  };
}
