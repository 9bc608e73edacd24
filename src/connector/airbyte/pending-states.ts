import type { JointCursor } from "../define-connector.ts";
import type { JointBatches } from "../external/joint-batches.ts";
import type { KeptState } from "./airbyte-state.ts";

/** Some sources give a state after every record: of those that come close together only the last is worth a batch's end. */
const STATE_EVERY_ROWS = 1000;
const STATE_EVERY_MS = 1000;

/** All streams: whose states come in one. */
const ALL = "";

interface Pending {
  cursor: JointCursor | undefined;
  /** Rows since the last one that was given. */
  rows: number;
  given_at: number;
}

/** States that wait for being worth it: the next one of the same stream takes their place. */
export class PendingStates {
  readonly #batches: Pick<JointBatches, "part" | "mark" | "partAtMark">;
  readonly #streams = new Map<string, Pending>();
  readonly #isOfWhole: boolean;
  #form: KeptState["form"];

  /** What streams that are read whole share is no use to anybody: `isOfWhole` leaves it out. */
  constructor({ form }: KeptState, isOfWhole: boolean, batches: Pick<JointBatches, "part" | "mark" | "partAtMark">) {
    this.#form = form;
    this.#isOfWhole = isOfWhole;
    this.#batches = batches;
  }

  rowsCame(stream: string, count: number): void {
    for (const key of [stream, ALL]) this.#of(key).rows += count;
  }

  take(cursor: JointCursor): void {
    const key = cursor.of ?? ALL;
    const pending = this.#of(key);
    pending.cursor = { ...cursor, ...(cursor.streams === undefined ? {} : { streams: { ...cursor.streams } }) };
    this.#batches.mark(cursor.of);
    if (pending.rows >= STATE_EVERY_ROWS || Date.now() - pending.given_at >= STATE_EVERY_MS) this.give(key);
  }

  /** Gives what waits of a stream. */
  give(key: string): void {
    const pending = this.#of(key);
    if (pending.cursor !== undefined) this.#batches.part(this.#plain(pending.cursor));
    this.#streams.set(key, { cursor: undefined, rows: 0, given_at: Date.now() });
  }

  giveAll(): void {
    for (const key of [...this.#streams.keys()]) this.give(key);
  }

  /** Nothing more comes, and the rows after these states are no use: as far as they go, all is kept. */
  giveWithoutRest(): void {
    for (const { cursor } of this.#streams.values())
      if (cursor !== undefined) this.#batches.partAtMark(this.#plain(cursor));
    this.#streams.clear();
  }

  #of(key: string): Pending {
    const present = this.#streams.get(key);
    if (present !== undefined) return present;
    const fresh: Pending = { cursor: undefined, rows: 0, given_at: Date.now() };
    this.#streams.set(key, fresh);
    return fresh;
  }

  /** That states come stream by stream is said once: the connection's own part of the state moves only when it must. */
  #plain({ global, ...cursor }: JointCursor): JointCursor {
    const form = (global as KeptState | undefined)?.form;
    const isKnown = form === "stream" && this.#form === "stream";
    this.#form = form ?? this.#form;
    return this.#isOfWhole || isKnown || global === undefined ? cursor : { ...cursor, global };
  }
}
