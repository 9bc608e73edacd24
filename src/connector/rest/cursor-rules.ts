import { readPath } from "../http/json-path.ts";
import { timeFormat, timeOf } from "./cursor-format.ts";
import type { CursorMark } from "./cursor-tracker.ts";
import { type Compare, type CursorValue, compareBy, cursorValueOf } from "./cursor-value.ts";
import { isoText } from "./instant.ts";
import type { RestStream } from "./rest-stream.ts";
import type { CursorOptions } from "./stream-options.ts";
import { placesIn } from "./template.ts";

/** How a stream's cursor is read, compared and asked for. */
export interface CursorRules {
  read(record: unknown): CursorValue | undefined;
  compare: Compare;
  /** Equal for values that are the same to the API. */
  grainOf(value: CursorValue): CursorValue;
  /** Where reading from that value on really begins. */
  beginning(at: CursorValue): CursorValue;
  /** As it is written in requests. */
  request(at: CursorValue): CursorValue;
  /** What is asked for from a mark on; undefined for everything. */
  asked(mark: CursorMark | undefined): CursorValue | undefined;
  /** The API is told where to begin, and gives nothing before it. */
  isAsked: boolean;
  /** What it gives of before the mark is dropped. */
  hasMargin: boolean;
  /** Records after this moment are left for the next run. */
  ceiling_ms: number | undefined;
}

export function cursorRules(stream: RestStream, cursor: CursorOptions): CursorRules {
  const { name, options } = stream;
  const written = cursor.format === undefined ? undefined : timeFormat(cursor.format);
  const grain_ms = cursor.granularity_s === undefined ? written?.grain_ms : cursor.granularity_s * 1000;
  const lookback_ms = (cursor.lookback_s ?? 0) * 1000;
  const beginning = lookback_ms === 0 ? (at: CursorValue) => at : (at: CursorValue) => earlier(at, lookback_ms, name);
  const margin_ms = (cursor.margin_s ?? 0) * 1000;
  const before = margin_ms === 0 ? (at: CursorValue) => at : (at: CursorValue) => earlier(at, margin_ms, name);
  const request =
    written === undefined ? (at: CursorValue) => at : (at: CursorValue) => written.write(timeOf(at, name));
  return {
    read: fieldReader(stream.cursorField),
    compare: compareBy(cursor.compare),
    grainOf: grain_ms === undefined ? (value) => value : (value) => Math.floor(timeOf(value, name) / grain_ms),
    beginning,
    request,
    asked: (mark) => (mark === undefined ? undefined : request(before(beginning(mark.at)))),
    hasMargin: margin_ms > 0,
    isAsked: cursor.param !== undefined || asksByTemplate(stream),
    ceiling_ms: cursor.lag_s === undefined ? undefined : Date.now() - cursor.lag_s * 1000,
  };

  function asksByTemplate({ options: { path, params, headers, body } }: Pick<RestStream, "options">): boolean {
    return options.window !== undefined || placesIn({ path, params, headers, body }).some((it) => it.name === "cursor");
  }
}

function fieldReader(field: string | undefined): CursorRules["read"] {
  if (field === undefined) return () => undefined;
  if (/[./[]/.test(field)) return (record) => cursorValueOf(readPath(record, field));
  return (record) => cursorValueOf((record as Record<string, unknown> | null)?.[field]);
}

/** In the form that the source uses: seconds, milliseconds or text. */
function earlier(at: CursorValue, by_ms: number, stream: string): CursorValue {
  const time = timeOf(at, stream) - by_ms;
  if (typeof at === "number") return timeOf(at, stream) === at ? time : Math.floor(time / 1000);
  return isoText(time);
}
