import { canonicalJson, isJsonObject, type JsonValue } from "../../../core/json.ts";
import type { ConnectionState } from "../../../workspace/config-schema.ts";

/** What the destination says of a connection's state, once it was asked. */
export type Compared =
  | { state: "asking" }
  | { state: "failed"; message: string }
  | { state: "ready"; destination: ConnectionState };

export interface StateEntry {
  connection: string;
  /** What config.json says; undefined before the first run. */
  mirror: ConnectionState | undefined;
  compared: Compared | undefined;
}

/** One line of the tree: a connection, a stream of it, or a part of a stream's cursor. */
export interface StateRow {
  id: string;
  depth: number;
  label: string;
  connection: string;
  /** Of streams and what is below them; `GLOBAL` for the part that belongs to no single stream. */
  stream: string | undefined;
  path: readonly string[];
  /** Of streams and below. */
  value: JsonValue | undefined;
  text: string;
  note: string;
  isWrong: boolean;
  hasParts: boolean;
  isOpen: boolean;
}

/** No stream can have this name. */
export const GLOBAL = "*";

/** The lines that are to be seen. Connections are open and cursors closed, save those in `toggled`. */
export function stateRows(entries: readonly StateEntry[], toggled: ReadonlySet<string>): StateRow[] {
  return entries.flatMap((entry) => {
    const streams = streamsOf(entry);
    const id = rowId(entry.connection, undefined, []);
    const isOpen = streams.length > 0 && !toggled.has(id);
    const row: StateRow = {
      ...{ id, depth: 0, label: entry.connection, connection: entry.connection, stream: undefined, path: [] },
      ...{ value: undefined, hasParts: streams.length > 0, isOpen },
      ...connectionText(entry, streams.length),
    };
    return [row, ...(isOpen ? streams.flatMap((stream) => streamRows(entry, stream, toggled)) : [])];
  });
}

/** A cursor in which one part is another value. */
export function withPart(cursor: JsonValue, [key, ...rest]: readonly string[], value: JsonValue): JsonValue {
  if (key === undefined) return value;
  if (Array.isArray(cursor)) return cursor.map((part, at) => (String(at) === key ? withPart(part, rest, value) : part));
  if (!isJsonObject(cursor)) return cursor;
  return { ...cursor, [key]: withPart(cursor[key] ?? null, rest, value) };
}

/** The whole cursor of a stream: the destination's where it was asked, else config.json's. */
export function cursorOf({ mirror, compared }: StateEntry, stream: string): JsonValue | undefined {
  const state = compared?.state === "ready" ? compared.destination : mirror;
  return stream === GLOBAL ? state?.global : state?.streams[stream]?.cursor;
}

function connectionText(
  { mirror, compared }: StateEntry,
  streams: number,
): Pick<StateRow, "text" | "note" | "isWrong"> {
  const state = compared?.state === "ready" ? compared.destination : mirror;
  const text = state === undefined ? "not read yet" : `${streams} ${streams === 1 ? "stream" : "streams"}`;
  if (compared === undefined)
    return { text, note: state === undefined ? "" : `revision ${state.revision}`, isWrong: false };
  if (compared.state === "asking") return { text, note: "asking…", isWrong: false };
  if (compared.state === "failed") return { text, note: compared.message, isWrong: true };
  const isSame = isSameState(mirror, compared.destination);
  return { text, note: isSame ? "as in the destination" : "config.json differs", isWrong: !isSame };
}

export function isSameState(mirror: ConnectionState | undefined, destination: ConnectionState): boolean {
  const parts = (state: ConnectionState | undefined) =>
    canonicalJson([state?.streams ?? {}, state?.global ?? {}] as unknown as JsonValue);
  return parts(mirror) === parts(destination);
}

function streamsOf({ mirror, compared }: StateEntry): string[] {
  const destination = compared?.state === "ready" ? compared.destination : undefined;
  const states = [mirror, destination].flatMap((state) => (state === undefined ? [] : [state]));
  const names = new Set(states.flatMap(({ streams }) => Object.keys(streams)));
  const hasGlobal = states.some(({ global }) => Object.keys(global).length > 0);
  return [...[...names].sort(), ...(hasGlobal ? [GLOBAL] : [])];
}

function streamRows(entry: StateEntry, stream: string, toggled: ReadonlySet<string>): StateRow[] {
  const value = cursorOf(entry, stream);
  const other = cursorOf({ ...entry, compared: undefined }, stream);
  const differs = entry.compared?.state === "ready" && canonicalJson(value) !== canonicalJson(other);
  const label = stream === GLOBAL ? "(whole connection)" : stream;
  const note = differs ? `config.json: ${other === undefined ? "nothing" : valueText(other)}` : "";
  const part = { connection: entry.connection, stream, path: [], label, value: value ?? null };
  return partRows({ ...part, depth: 1, note, isWrong: differs }, toggled);
}

type Part = Pick<StateRow, "connection" | "stream" | "path" | "label" | "depth" | "note" | "isWrong"> & {
  value: JsonValue;
};

function partRows(part: Part, toggled: ReadonlySet<string>): StateRow[] {
  const { value, connection, stream, path, depth } = part;
  const id = rowId(connection, stream, path);
  const inner = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const isOpen = inner.length > 0 && toggled.has(id);
  const row: StateRow = { ...part, id, text: valueText(value), hasParts: inner.length > 0, isOpen };
  if (!isOpen) return [row];
  const below = { connection, stream, depth: depth + 1, note: "", isWrong: false };
  return [
    row,
    ...inner.flatMap(([label, each]) => partRows({ ...below, label, path: [...path, label], value: each }, toggled)),
  ];
}

function valueText(value: JsonValue): string {
  if (value === null) return "from the beginning";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function rowId(connection: string, stream: string | undefined, path: readonly string[]): string {
  return JSON.stringify([connection, ...(stream === undefined ? [] : [stream]), ...path]);
}
