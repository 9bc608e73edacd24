import type { StreamDefinition } from "../connector/define-connector.ts";
import { didYouMean } from "../core/did-you-mean.ts";
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

/** Streams that the config has settings for and that are not among those that are offered. */
export function unofferedStreams({ schema }: Connection, offered: readonly string[]): string[] {
  return Object.keys(schema.streams ?? {}).filter((name) => !offered.includes(name));
}

/** A warning of them, with what was meant; undefined when there are none. */
export function unofferedWarning(unoffered: readonly string[], offered: readonly string[]): string | undefined {
  if (unoffered.length === 0) return undefined;
  const guesses = unoffered.map((name) => `${name}${didYouMean(name, offered).replace(/^ (.*)$/, " ($1)")}`);
  return `config.json has settings for streams that are not offered: ${guesses.join(", ")}.`;
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
