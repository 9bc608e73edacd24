import type { RunEvent } from "../core/events.ts";

/** A warning that comes again and again has a line this often. */
const SAME_WARNING_MS = 10_000;

const NEWS = new Set<RunEvent["kind"]>([
  "stream.finish",
  "attempt.error",
  "attempt.retrying",
  "schema.change",
  "record.rejected",
]);

/** Picks what is worth a line of its own while a run goes on. */
export class ProgressNews {
  readonly #told = new Map<string, { at: number; unsaid: number }>();

  /** Undefined for what is not; else how many of the same kind had no line since the last one. */
  take(event: RunEvent): number | undefined {
    if (!isNews(event)) return undefined;
    const key = repeatedAs(event);
    if (key === undefined) return 0;
    const now = Date.parse(event.ts);
    const told = this.#told.get(key);
    if (told !== undefined && now - told.at < SAME_WARNING_MS) {
      told.unsaid += 1;
      return undefined;
    }
    this.#told.set(key, { at: now, unsaid: 0 });
    return told?.unsaid ?? 0;
  }
}

function isNews(event: RunEvent): boolean {
  if (event.kind === "schema.change") return event.data.change !== "add";
  // A request that met a limit is told by the wait that follows it.
  if (event.kind === "http.request.error" && event.data.status === 429) return false;
  return NEWS.has(event.kind) || event.level === "warn" || event.level === "error";
}

/** What can come with every request or row, by what makes it the same for a reader. */
function repeatedAs(event: RunEvent): string | undefined {
  const { connection, kind } = event;
  if (kind === "http.rate_limited") return `${connection} ${kind}`;
  if (kind === "http.request.error") return `${connection} ${kind} ${event.data.status}`;
  return kind === "runtime.event" ? `${connection} ${kind} ${event.message}` : undefined;
}
