import { hash } from "node:crypto";
import { canonicalJson, type JsonValue } from "../../core/json.ts";
import type { Compare, CursorValue } from "./cursor-value.ts";

/** How far something has been read. */
export interface CursorMark {
  at: CursorValue;
  /** Marks of the records that the API gives again when it is asked for what is newer than `at`. */
  seen?: string[];
}

/** More records than this at one value are not told apart: the state would outgrow its use. */
export const MAX_SEEN = 10_000;

/** Letters of a mark: 96 bits, so that no two of ten thousand records share one by chance. */
const MARK_LETTERS = 16;

export interface TrackerSettings {
  compare: Compare;
  /** Equal for values that are the same to the API. */
  grainOf(value: CursorValue): CursorValue;
  /** Tells a record from others of the same value. */
  mark(record: unknown): string;
  /** What the API gives again from where reading begins. */
  before: CursorMark | undefined;
  /** The highest value that is known already. */
  soFar: CursorMark | undefined;
}

/**
 * Follows the highest cursor of a read, with the records that stand at it. Hashes are made only of those that stand at
 * it when its mark is asked for, and of those at the value where reading began.
 */
export class CursorTracker {
  readonly #settings: TrackerSettings;
  readonly #seenBefore: ReadonlySet<string>;
  readonly #grainBefore: CursorValue | undefined;
  #max: CursorValue | undefined;
  #grain: CursorValue | undefined;
  #marks: string[] = [];
  /** Records at the highest value whose mark was not asked for yet. */
  #unmarked: unknown[] = [];

  constructor(settings: TrackerSettings) {
    this.#settings = settings;
    const { before, soFar, grainOf } = settings;
    this.#seenBefore = new Set(before?.seen);
    this.#grainBefore = before === undefined ? undefined : grainOf(before.at);
    if (soFar !== undefined) {
      this.#max = soFar.at;
      this.#grain = grainOf(soFar.at);
      this.#marks = [...(soFar.seen ?? [])];
    }
  }

  get max(): CursorValue | undefined {
    return this.#max;
  }

  /** Records at the highest value. */
  get tied(): number {
    return this.#marks.length + this.#unmarked.length;
  }

  /** Whether this record was stored by an earlier read. */
  isRepeated(record: unknown, value: CursorValue): boolean {
    if (this.#seenBefore.size === 0) return false;
    return this.#settings.grainOf(value) === this.#grainBefore && this.#seenBefore.has(this.#mark(record));
  }

  /** Takes note of a record. False when it comes before one that came earlier. */
  note(record: unknown, value: CursorValue): boolean {
    const order = this.#max === undefined ? 1 : this.#settings.compare(value, this.#max);
    if (order > 0) this.#rise(value);
    if (order >= 0 || this.#settings.grainOf(value) === this.#grain) this.#keep(record);
    return order >= 0;
  }

  /** The highest value so far; undefined when there is none. */
  mark(): CursorMark | undefined {
    if (this.#max === undefined) return undefined;
    for (const record of this.#unmarked) this.#marks.push(this.#mark(record));
    this.#unmarked = [];
    if (this.#marks.length === 0 || this.#marks.length > MAX_SEEN) return { at: this.#max };
    return { at: this.#max, seen: [...this.#marks] };
  }

  /** Too many stand at one value to be told apart. */
  get isCrowded(): boolean {
    return this.tied > MAX_SEEN;
  }

  #rise(value: CursorValue): void {
    const grain = this.#settings.grainOf(value);
    if (grain !== this.#grain) {
      this.#marks = [];
      this.#unmarked = [];
    }
    this.#grain = grain;
    this.#max = value;
  }

  #keep(record: unknown): void {
    if (this.tied <= MAX_SEEN) this.#unmarked.push(record);
  }

  #mark(record: unknown): string {
    return this.#settings.mark(record);
  }
}

/** The mark of a record by what tells it from others. */
export function markOfRecord(identity: JsonValue): string {
  return hash("sha256", canonicalJson(identity), "base64url").slice(0, MARK_LETTERS);
}
