import { formatCount } from "../core/count-text.ts";

/** Different warnings that are kept word by word; a connector may have one for every row. */
const MOST_KEPT = 20;

/** What did not stop a run and should still be known: each once, with how often it was said. */
export class RunWarnings {
  readonly #times = new Map<string, number>();
  #left = 0;

  add(message: string): void {
    const times = this.#times.get(message);
    if (times === undefined && this.#times.size >= MOST_KEPT) this.#left += 1;
    else this.#times.set(message, (times ?? 0) + 1);
  }

  /** In the order in which they were first said; the last one tells how many had no room. */
  get list(): string[] {
    const kept = [...this.#times].map(([message, times]) =>
      times === 1 ? message : `${message} (${formatCount(times, "time")})`,
    );
    return this.#left === 0 ? kept : [...kept, `${formatCount(this.#left, "more warning")} in the event log`];
  }
}
