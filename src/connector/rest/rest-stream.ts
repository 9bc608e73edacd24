import type { EventLevel } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Mode } from "../define-connector.ts";
import type { HttpClient } from "../http/http-client.ts";
import type { RestOptions } from "./rest-options.ts";
import { type StreamOptions, streamWith } from "./stream-options.ts";

/** What reading an API needs of its surroundings. */
export interface RestSource {
  client: HttpClient;
  options: RestOptions;
  signal: AbortSignal;
  log(level: EventLevel, message: string, data?: JsonObject): void;
  /** What makes a record of a stream what it should have been, before anything else looks at it. */
  transforms?: Readonly<Record<string, RecordTransform>>;
}

/** One record for one record. */
export type RecordTransform = (record: JsonObject) => JsonObject;

/** A stream with everything about it decided. */
export interface RestStream {
  name: string;
  options: StreamOptions;
  mode: Mode;
  /** Fields of the rows. */
  primaryKey: readonly string[];
  /** Where the rows' cursor is in the records. */
  cursorField: string | undefined;
}

/** The stream as its options have it. */
export function restStream(options: RestOptions, name: string): RestStream {
  const own = options.streams[name];
  if (own === undefined) throw new Error(`there is no stream ${name}`);
  const merged = streamWith(options.defaults, own);
  return {
    name,
    options: merged,
    mode: merged.mode ?? usualMode(merged),
    primaryKey: merged.primary_key ?? [],
    cursorField: merged.cursor?.field,
  };
}

/** With a key rows are kept up to date; without one they can be added if only new ones come, else replaced. */
function usualMode({ primary_key, cursor, window }: StreamOptions): Mode {
  if (primary_key !== undefined) return "merge";
  return cursor?.field !== undefined || window !== undefined ? "append" : "replace";
}
