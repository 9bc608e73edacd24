import { ConnectorError } from "../connector-error.ts";
import type { SourceContext } from "./source.ts";

/**
 * How many records have come since the last state, held against what the source says it gave. Where fewer came some were
 * lost on the way, and the state must not be believed.
 */
export class RecordCounts {
  readonly #ctx: SourceContext;
  readonly #program: string;
  readonly #streams = new Map<string, number>();

  constructor(ctx: SourceContext, program: string) {
    this.#ctx = ctx;
    this.#program = program;
  }

  add(stream: string, records: number): void {
    this.#streams.set(stream, (this.#streams.get(stream) ?? 0) + records);
  }

  /** `stream` is undefined for a state of all streams. Throws source_truncated. */
  compare(stream: string | undefined, said: number | undefined): void {
    const came = stream === undefined ? this.#all() : (this.#streams.get(stream) ?? 0);
    if (stream === undefined) this.#streams.clear();
    else this.#streams.delete(stream);
    if (said === undefined || came === said) return;
    const what = `${this.#program} says that it gave ${said} records of ${stream ?? "all streams"} before a state, and ${came} came`;
    if (came > said || this.#ctx.options.ignore_counts === true) this.#ctx.log("warn", what, { said, came });
    else throw lost(what, { said, came });
  }

  #all(): number {
    return [...this.#streams.values()].reduce((sum, count) => sum + count, 0);
  }
}

function lost(what: string, details: { said: number; came: number }): ConnectorError {
  const message = `${what}: some were lost on the way. What came before that state is kept. Look for text between its messages in the run's log; if the source counts wrongly, set the option \`ignore_counts\`.`;
  return new ConnectorError("source_truncated", message, { details });
}
