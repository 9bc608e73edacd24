import type { HttpParams } from "../http/http-client.ts";
import type { CursorMark } from "./cursor-tracker.ts";
import type { CursorReading } from "./partition.ts";
import { markOf } from "./partition-state.ts";
import type { PageQuery } from "./read-pages.ts";

/** Where reading begins: where the last one ended, else where the options say. */
export function startOf({ partition, cursor }: CursorReading): CursorMark | undefined {
  const stored = partition.state === undefined ? undefined : markOf(partition.state);
  return stored ?? (cursor.start === undefined ? undefined : { at: cursor.start });
}

/** What asks for everything from a mark on. */
export function queryFrom({ partition, cursor, rules }: CursorReading, from: CursorMark | undefined): PageQuery {
  const { stream, values } = partition;
  const asked = rules.asked(from);
  if (asked === undefined) return { stream, values };
  const params: HttpParams = cursor.param === undefined ? {} : { [cursor.param]: asked };
  return { stream, values: { ...values, cursor: asked }, params };
}
