import type { JsonValue } from "../../core/json.ts";
import type { CheckpointWriter } from "./checkpoint.ts";
import type { Lane } from "./lane.ts";

/** What rows are written with. */
export interface Writing {
  checkpoint: CheckpointWriter;
  lane: Lane;
}

/**
 * What one connection writes of a stream: all of it, or the rows of one of several readings. What it has written since
 * its last commit becomes visible together with the cursors that came with it.
 */
export class StreamShare {
  /** There from the first rows, or the first commit, on. */
  writing: Writing | undefined;
  /** The same while it is being connected for. */
  beginning: Promise<Writing> | undefined;
  bytes = 0;
  committedAt: number;
  /** Moves the stream's cursor over all rows that have been written up to it; undefined when none came since the last commit. */
  #advance: ((committed: JsonValue) => JsonValue) | undefined;
  /** Rows have been written since the newest cursor: no checkpoint may be cut here. */
  #midway = false;

  constructor(now: number) {
    this.committedAt = now;
  }

  get hasCursor(): boolean {
    return this.#advance !== undefined;
  }

  /** All rows written are in front of a cursor. */
  get isWhole(): boolean {
    return this.hasCursor && !this.#midway;
  }

  wrote(bytes: number, hasRows: boolean): void {
    this.bytes += bytes;
    this.#midway ||= hasRows;
  }

  /** All rows up to here are safe once they are stored. */
  cameTo(cursor: JsonValue): void {
    this.#advance = () => cursor;
    this.#midway = false;
  }

  /** The same where the cursor is made of what other shares have committed by then. */
  advanced(advance: (committed: JsonValue) => JsonValue): void {
    const before = this.#advance;
    this.#advance = before === undefined ? advance : (committed) => advance(before(committed));
    this.#midway = false;
  }

  /** The stream's cursor with these rows. */
  cursorAfter(committed: JsonValue): JsonValue {
    return this.#advance === undefined ? committed : this.#advance(committed);
  }

  committed(now: number): void {
    this.#advance = undefined;
    this.#midway = false;
    this.bytes = 0;
    this.committedAt = now;
  }
}
