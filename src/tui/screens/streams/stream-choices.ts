import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../../../core/json.ts";
import type { OfferedStream } from "../../../runner/offered-streams.ts";
import type { Mode } from "../../../workspace/config-schema.ts";

/** What a person has decided about a stream and not saved yet. What is not here stays as it is. */
export interface StreamChoice {
  selected?: boolean;
  mode?: Mode;
  primary_key?: readonly string[];
  /** Empty for none. */
  cursor_field?: string;
}

export type Choices = Readonly<Record<string, StreamChoice>>;

/** A stream as it would be loaded if the choices were saved. */
export interface StreamRow extends OfferedStream {
  /** False for one that config.json has settings for and the source does not offer any more. */
  isOffered: boolean;
  isChanged: boolean;
}

export const MODES = ["append", "replace", "merge"] as const satisfies readonly Mode[];

/** The streams of the source, and those that only config.json knows. */
export function streamRows(offered: readonly OfferedStream[], settings: JsonObject, choices: Choices): StreamRow[] {
  const known = new Set(offered.map(({ name }) => name));
  const gone = Object.keys(settings).filter((name) => !known.has(name));
  return [
    ...offered.map((stream) => rowOf(stream, choices[stream.name], true)),
    ...gone.map((name) => rowOf(goneStream(name, settings[name]), choices[name], false)),
  ];
}

/** Rows would be doubled: nothing tells an old row from a new one. */
export function lacksKey({ mode, primary_key, selected }: StreamRow): boolean {
  return selected && mode === "merge" && primary_key.length === 0;
}

/** Puts the choices into a connection's entry; other settings of the streams stay. */
export function applyChoices(entry: JsonObject, rows: readonly StreamRow[], choices: Choices): void {
  const schema = isJsonObject(entry.schema) ? entry.schema : {};
  const streams: Record<string, JsonObject> = {};
  for (const [name, value] of Object.entries(isJsonObject(schema.streams) ? schema.streams : {})) {
    streams[name] = isJsonObject(value) ? { ...value } : {};
  }
  for (const row of rows) {
    const own = { ...streams[row.name] };
    streams[row.name] = own;
    applyChoice(own, row, choices[row.name] ?? {});
  }
  if (Object.values(choices).some(({ selected }) => selected !== undefined)) applySelection(streams, rows);
  const kept = Object.entries(streams).filter(([, own]) => Object.keys(own).length > 0);
  entry.schema = { ...schema, streams: Object.fromEntries(kept) };
  if (kept.length === 0) delete entry.schema.streams;
}

function rowOf(stream: OfferedStream, choice: StreamChoice | undefined, isOffered: boolean): StreamRow {
  if (choice === undefined) return { ...stream, isOffered, isChanged: false };
  const { cursor_field = stream.cursor_field, ...others } = choice;
  const chosen = { ...stream, ...others, cursor_field: cursor_field === "" ? null : cursor_field };
  return { ...chosen, isOffered, isChanged: canonicalJson(plain(chosen)) !== canonicalJson(plain(stream)) };
}

function plain({ selected, mode, primary_key, cursor_field }: OfferedStream): JsonValue {
  return { selected, mode, primary_key: [...primary_key], cursor_field };
}

function goneStream(name: string, value: JsonValue | undefined): OfferedStream {
  const own = isJsonObject(value) ? value : {};
  const mode = MODES.find((each) => each === own.mode) ?? "append";
  return {
    ...{ name, mode, description: null, selected: own.selected === true, ordered: false, table: "", columns: null },
    primary_key: Array.isArray(own.primary_key) ? own.primary_key.map(String) : [],
    cursor_field: typeof own.cursor_field === "string" ? own.cursor_field : null,
    proposed: { mode, primary_key: [], cursor_field: null },
    estimated_rows: null,
  };
}

/** What the connector proposes need not be written down. */
function applyChoice(own: JsonObject, { proposed }: StreamRow, choice: StreamChoice): void {
  const { mode, primary_key, cursor_field } = choice;
  if (mode !== undefined) put(own, "mode", mode === proposed.mode ? undefined : mode);
  if (primary_key !== undefined) {
    const isProposed =
      primary_key.length === 0 || canonicalJson([...primary_key]) === canonicalJson([...proposed.primary_key]);
    put(own, "primary_key", isProposed ? undefined : [...primary_key]);
  }
  if (cursor_field !== undefined) {
    const isProposed = cursor_field === "" || cursor_field === proposed.cursor_field;
    put(own, "cursor_field", isProposed ? undefined : cursor_field);
  }
}

/**
 * All that are offered: nothing is written, so that streams that the source offers later are loaded too. Some: those say
 * that they are. None: each says that it is not.
 */
function applySelection(streams: Record<string, JsonObject>, rows: readonly StreamRow[]): void {
  const areAll = rows.every(({ selected, isOffered }) => selected || !isOffered);
  const areNone = rows.every(({ selected }) => !selected);
  for (const { name, selected } of rows) {
    const own = streams[name] ?? {};
    streams[name] = own;
    put(own, "selected", areNone ? false : selected && !areAll ? true : undefined);
  }
}

function put(object: JsonObject, key: string, value: JsonValue | undefined): void {
  if (value === undefined) delete object[key];
  else object[key] = value;
}
