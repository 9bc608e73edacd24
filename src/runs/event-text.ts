import { formatCount } from "../core/count-text.ts";
import type { RunEvent } from "../core/events.ts";
import { formatDuration } from "../core/time.ts";

/** What matters of an event's data, on one line for people; empty where its message says it all. */
export function eventDetails(event: RunEvent): string {
  switch (event.kind) {
    case "run.start":
      return event.data.mode.full_refresh ? "from the beginning" : "";
    case "attempt.start":
      return `attempt ${event.data.attempt} of ${event.data.max_attempts}`;
    case "attempt.error":
      return `[${event.data.error.code}] ${event.data.error.message}`;
    case "attempt.retrying":
      return `again in ${formatDuration(event.data.sleep_ms)}`;
    case "stream.start":
      return `${event.data.mode} into ${event.data.table}`;
    case "stream.progress":
      return `${formatCount(event.data.rows_read, "row")} read, ${formatCount(Math.round(event.data.rows_per_s))}/s`;
    case "stream.finish":
      return `${event.data.outcome}: ${finishedCounts(event.data)}`;
    case "checkpoint.commit":
      return `${formatCount(event.data.rows, "row")} in ${formatDuration(event.data.duration_ms)}`;
    case "schema.change":
      return `${event.data.change} ${event.data.column}: ${event.data.from ?? "nothing"} → ${event.data.to ?? "nothing"}`;
    case "record.rejected":
      return `${formatCount(event.data.count)} × ${event.data.reason}`;
    case "http.request.start":
      return `${event.data.method} ${shortUrl(event.data.url)}${tryOf(event.data)}`;
    case "http.request.ok":
      return `${requestOf(event.data)} in ${formatDuration(event.data.elapsed_ms)}${itemsOf(event.data)}`;
    case "http.request.error":
      return `${requestOf(event.data)} after ${formatDuration(event.data.elapsed_ms)}: ${event.data.error}`;
    case "http.rate_limited":
      return `waits ${formatDuration(event.data.wait_ms)} before ${requestOf(event.data)}`;
    case "run.finish":
      return `${event.data.status} after ${formatDuration(event.data.duration_ms)}${reasonOf(event.data)}`;
    default:
      return event.message === undefined ? compact(event.data) : "";
  }
}

type Asked = Extract<RunEvent, { kind: "http.rate_limited" }>["data"];

function requestOf({ method, url, status, attempt }: Omit<Asked, "wait_ms">): string {
  return `${method} ${shortUrl(url)}${status === undefined ? "" : ` (${status})`}${tryOf({ attempt })}`;
}

function tryOf({ attempt }: { attempt: number }): string {
  return attempt > 1 ? `, try ${attempt}` : "";
}

function itemsOf({ items }: Extract<RunEvent, { kind: "http.request.ok" }>["data"]): string {
  return items === undefined ? "" : `, ${formatCount(items, "item")}`;
}

/** Query strings can be long, and their beginning tells most. */
function shortUrl(url: string): string {
  return url.length > COMPACT_LENGTH ? `${url.slice(0, COMPACT_LENGTH)}…` : url;
}

/** Why a run ended before its first attempt; later on `attempt.error` has said it. */
function reasonOf({ attempts, error }: Extract<RunEvent, { kind: "run.finish" }>["data"]): string {
  return error === null || attempts > 0 ? "" : `  [${error.code}] ${error.message}`;
}

function finishedCounts(data: Extract<RunEvent, { kind: "stream.finish" }>["data"]): string {
  const counts = [
    `${formatCount(data.rows_written, "row")} written`,
    ...(data.updated > 0 ? [`${formatCount(data.updated)} updated`] : []),
    ...(data.unchanged > 0 ? [`${formatCount(data.unchanged)} unchanged`] : []),
    ...(data.deleted > 0 ? [`${formatCount(data.deleted)} deleted`] : []),
    ...(data.rejected > 0 ? [`${formatCount(data.rejected)} rejected`] : []),
  ];
  return `${counts.join(", ")} in ${formatDuration(data.duration_ms)}`;
}

/** Enough of an event's data to recognise it; the whole stands in the log. */
const COMPACT_LENGTH = 120;

function compact(data: unknown): string {
  const text = JSON.stringify(data);
  return text.length > COMPACT_LENGTH ? `${text.slice(0, COMPACT_LENGTH)}…` : text;
}
