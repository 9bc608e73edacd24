import { SluiceError } from "../core/errors.ts";
import type { Clock } from "../core/time.ts";

/** Why a run must stop: the caller's signal, its time being up, or somebody's request. */
export class RunStop {
  readonly signal: AbortSignal;
  readonly #clock: Clock;
  readonly #own = new AbortController();
  readonly #over = new AbortController();

  constructor(clock: Clock, caller: AbortSignal | undefined) {
    this.#clock = clock;
    const own = this.#own.signal;
    this.signal = caller === undefined ? own : AbortSignal.any([caller, own]);
  }

  /** Stops the run with `run_timeout` after that many seconds from now. */
  after(timeout_s: number | undefined): void {
    if (timeout_s === undefined) return;
    const message = `running for longer than the allowed ${timeout_s} s: stopped. What was committed stays; run again to continue, or raise --timeout.`;
    this.#clock.sleep(timeout_s * 1000, this.#over.signal).then(
      () => this.now(new SluiceError("run_timeout", message, { details: { timeout_s } })),
      () => {},
    );
  }

  now(reason: SluiceError): void {
    this.#own.abort(reason);
  }

  /** Lets go of the timer. */
  end(): void {
    this.#over.abort();
  }
}
