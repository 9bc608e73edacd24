import { didYouMean } from "../core/did-you-mean.ts";
import { SluiceError } from "../core/errors.ts";
import { eventData, type RunEvent } from "../core/events.ts";

export interface LogFilterOptions {
  /** The least that is shown; everything unless given. */
  level: string | undefined;
  stream: string | undefined;
  /** `http.*` stands for all kinds that begin with `http.`. */
  kind: string | undefined;
}

const LEVELS = ["debug", "info", "warn", "error"];

/** Picks events out of a log, and remembers what else it holds: a filter that fits nothing may be a slip of the pen. */
export class LogFilter {
  readonly #options: LogFilterOptions;
  readonly #streams = new Set<string>();
  readonly #kinds = new Set<string>(Object.keys(eventData));
  #matches = 0;

  constructor(options: LogFilterOptions) {
    this.#options = options;
  }

  takes(event: RunEvent): boolean {
    const { level, stream, kind } = this.#options;
    if (event.stream !== undefined) this.#streams.add(event.stream);
    this.#kinds.add(event.kind);
    const isWanted =
      LEVELS.indexOf(event.level) >= LEVELS.indexOf(level ?? "debug") &&
      (stream === undefined || event.stream === stream) &&
      (kind === undefined || matchesKind(event.kind, kind));
    if (isWanted) this.#matches += 1;
    return isWanted;
  }

  /** Throws `usage` for a kind that neither Sluice nor the log knows. */
  assertKind(): void {
    const { kind } = this.#options;
    if (kind === undefined || [...this.#kinds].some((known) => matchesKind(known, kind))) return;
    throw unknown("kind", kind, this.#kinds);
  }

  /** Throws `usage` for a stream that the log does not have. */
  assertStream(): void {
    const { stream } = this.#options;
    if (stream !== undefined && !this.#streams.has(stream)) throw unknown("stream", stream, this.#streams);
  }

  get foundNothing(): boolean {
    return this.#matches === 0;
  }
}

function matchesKind(kind: string, wanted: string): boolean {
  return wanted.endsWith("*") ? kind.startsWith(wanted.slice(0, -1)) : kind === wanted;
}

function unknown(what: "kind" | "stream", wanted: string, known: ReadonlySet<string>): SluiceError {
  const names = [...known].sort();
  const list = names.length === 0 ? "It has none." : `It may be: ${names.join(", ")}.`;
  return new SluiceError(
    "usage",
    `--${what} ${wanted}: the log has no such ${what}.${didYouMean(wanted, names)} ${list}`,
  );
}
