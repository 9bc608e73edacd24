import type { CopyBatch } from "../../connector/define-connector.ts";
import type { Clock } from "../../core/time.ts";

type Side = "source" | "destination";

/** A source that has lent so much may itself be waiting for the destination, and read no further. */
const BEHIND_BYTES = 1024 * 1024;

/** On which side the time of a reading goes. Streams that are read jointly share it. */
export class Waits {
  readonly #clock: Clock;
  #since: number;
  #spent = { source: 0, destination: 0 };
  #longest: Side = "source";
  /** Bytes that the destination has not taken yet and the source wants back. */
  #lent = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /** The source has given the next rows, which was waited for until now. */
  given(): void {
    this.#count(this.#lent < BEHIND_BYTES ? "source" : "destination");
  }

  /** The destination has taken them. */
  taken(): void {
    this.#count("destination");
  }

  /** The same batch, whose bytes count as lent until they are released. */
  lend(batch: CopyBatch): CopyBatch {
    const { copy, release } = batch;
    if (release === undefined) return batch;
    this.#lent += copy.length;
    return {
      ...batch,
      release: () => {
        this.#lent -= copy.length;
        release();
      },
    };
  }

  /** The side that most time has gone to since this was last asked; as before where none has. */
  takeLongest(): Side {
    const { source, destination } = this.#spent;
    if (source !== destination) this.#longest = destination > source ? "destination" : "source";
    this.#spent = { source: 0, destination: 0 };
    return this.#longest;
  }

  #count(side: Side): void {
    const now = this.#clock.now();
    this.#spent[side] += now - this.#since;
    this.#since = now;
  }
}
