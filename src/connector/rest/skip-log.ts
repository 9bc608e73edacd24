import type { OnIgnored } from "./read-pages.ts";
import type { RestSource } from "./rest-stream.ts";

/** Says what was skipped by rule: the first one at once, all of them at the end. */
export class SkipLog {
  readonly #source: RestSource;
  readonly #stream: string;
  readonly #counts = new Map<number, number>();

  constructor(source: RestSource, stream: string) {
    this.#source = source;
    this.#stream = stream;
  }

  add({ status, message }: Parameters<OnIgnored>[0]): void {
    const count = (this.#counts.get(status) ?? 0) + 1;
    this.#counts.set(status, count);
    if (count > 1) return;
    const why = message === undefined ? "" : `: ${message}`;
    this.#source.log("warn", `reading ${this.#stream}: an answer with status ${status} was skipped${why}`, { status });
  }

  finish(): void {
    for (const [status, count] of this.#counts) {
      if (count < 2) continue;
      this.#source.log("warn", `reading ${this.#stream}: ${count} answers with status ${status} were skipped`, {
        status,
        count,
      });
    }
  }
}
