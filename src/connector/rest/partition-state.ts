import { formatCount } from "../../core/count-text.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { PageTurn } from "../http/pagination/paginator.ts";
import type { CursorMark } from "./cursor-tracker.ts";
import type { CursorValue } from "./cursor-value.ts";

/** How far one thing has been read: a whole stream, or what belongs to one parent. */
export interface PartitionState {
  at?: CursorValue;
  seen?: string[];
  /** A read that was not finished goes on at this page and ends with the mark that it had by then, or a higher one. */
  open?: { turn: PageTurn; at?: CursorValue; seen?: string[] };
  /** Records came out of order: what is behind `at` may be missing unless the read is finished. */
  disordered?: true;
}

/** A stream's cursor: its own state, or one for each parent. */
export type StreamState = { own: PartitionState | undefined } | { parents: Map<string, PartitionState> };

/** Reads a stored cursor. @throws ConnectorError `source_changed` when it is not one of this kind of stream. */
export function readState(cursor: JsonValue | undefined, stream: string, isChild: boolean): StreamState {
  const nothing = cursor === undefined || cursor === null;
  if (isChild) {
    if (nothing) return { parents: new Map() };
    if (!isJsonObject(cursor) || !isJsonObject(cursor["parents"])) throw foreign(stream);
    const entries = Object.entries(cursor["parents"]).map(([key, state]) => [key, partition(state, stream)] as const);
    return { parents: new Map(entries) };
  }
  return { own: nothing ? undefined : partition(cursor, stream) };
}

/** The value that was reached, or of how many parents there are such. */
export function describeState(cursor: JsonValue, stream: string, isChild: boolean): string | undefined {
  const state = readState(cursor, stream, isChild);
  if ("parents" in state) return `what was read of ${formatCount(state.parents.size, "parent")}`;
  const { at, open } = state.own ?? {};
  if (open !== undefined) return "the page where it was left";
  return at === undefined ? undefined : String(at);
}

/** The form in which it is stored. */
export function writeState(state: PartitionState): JsonObject {
  return state as unknown as JsonObject;
}

export function writeParents(parents: ReadonlyMap<string, PartitionState>): JsonObject {
  return { parents: Object.fromEntries(parents) as unknown as JsonObject };
}

export function markOf({ at, seen }: PartitionState): CursorMark | undefined {
  return at === undefined ? undefined : { at, ...(seen === undefined ? {} : { seen }) };
}

/** A text or a number alone is where reading goes on: what a person sets by hand. */
function partition(value: JsonValue, stream: string): PartitionState {
  if (typeof value === "string" || typeof value === "number") return { at: value };
  const isOne = isJsonObject(value) && !("parents" in value);
  if (!isOne || !["string", "number", "undefined"].includes(typeof value["at"])) throw foreign(stream);
  return value as unknown as PartitionState;
}

function foreign(stream: string): ConnectorError {
  return new ConnectorError(
    "source_changed",
    `reading ${stream}: its stored cursor was made by other options than it has now. Put the options back, or begin again with \`sluice state reset <connection> --stream ${stream}\`.`,
    { details: { stream } },
  );
}
