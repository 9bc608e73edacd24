import type { StreamDefinition } from "../connector/define-connector.ts";
import type { Connection, Mode } from "../workspace/config-schema.ts";

/** Which of the streams that are offered a connection loads. */
export interface StreamSelection {
  /** The streams that the config selects by name. Where there are any, no others are loaded. */
  named: string[];
  includes(stream: string): boolean;
}

export function selectionOf({ schema }: Connection): StreamSelection {
  const settings = schema.streams ?? {};
  const named = Object.keys(settings).filter((name) => settings[name]?.selected === true);
  return {
    named,
    includes: (stream) => (named.length > 0 ? named.includes(stream) : settings[stream]?.selected !== false),
  };
}

/** How a stream meets its table: what the config says, else what its connector does. */
export function loadingOf(
  { schema }: Connection,
  { name, mode, primaryKey, cursorField }: Pick<StreamDefinition, "name" | "mode" | "primaryKey" | "cursorField">,
): { mode: Mode; primary_key: string[]; cursor_field: string | undefined } {
  const own = schema.streams?.[name] ?? {};
  return {
    mode: own.mode ?? mode ?? "append",
    primary_key: own.primary_key ?? [...(primaryKey ?? [])],
    cursor_field: own.cursor_field ?? cursorField,
  };
}

/** The Postgres schema of a connection's tables. */
export function namespaceOf({ schema, name }: Connection): string {
  return schema.namespace ?? name;
}
