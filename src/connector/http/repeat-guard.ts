import { canonicalJson, type JsonValue } from "../../core/json.ts";
import type { PageTurn } from "./pagination/paginator.ts";

/** Pages of records that nothing tells apart may rightly be alike: so many in a row are one too many. */
const ALIKE_LIMIT = 3;

/**
 * Notices a source that gives the same page for ever, in memory that does not grow with the pages. Asking for the same
 * page again is found in a circle of any length (after Brent: one remembered turn, moved on at each power of two); the
 * same records under a new cursor are found when they follow each other.
 */
export class RepeatGuard {
  #count = 0;
  #renewAt = 1;
  #remembered: string | undefined;
  #last: string | undefined;
  #lastRecords: readonly unknown[] = [];
  #alike = 1;

  /** What is asked for next; says what repeats, if it does. */
  turn(turn: PageTurn): string | undefined {
    const asked = canonicalJson(turn as JsonValue);
    if (asked === this.#remembered || asked === this.#last)
      return `the page after it is one that was read before (${what(turn)})`;
    this.#last = asked;
    this.#count++;
    if (this.#count < this.#renewAt) return undefined;
    this.#remembered = asked;
    this.#renewAt *= 2;
    return undefined;
  }

  /** The records of a page; says what repeats, if it does. */
  records(records: readonly unknown[]): string | undefined {
    const before = this.#lastRecords;
    this.#lastRecords = records;
    this.#alike = sameRecords(before, records) ? this.#alike + 1 : 1;
    const limit = distinct(records) ? 2 : ALIKE_LIMIT;
    return this.#alike >= limit ? `it has the same ${records.length} records as the page before it` : undefined;
  }
}

function what(turn: PageTurn): string {
  if (turn.url !== undefined) return "the same address";
  const names = [...Object.keys(turn.params ?? {}), ...Object.keys(turn.body ?? {})];
  return names.length === 0 ? "the first page" : `the same ${names.join(", ")}`;
}

/** First and last are compared before all the others: nearly always they differ. */
function sameRecords(before: readonly unknown[], now: readonly unknown[]): boolean {
  if (now.length === 0 || before.length !== now.length) return false;
  const same = (index: number) => JSON.stringify(before[index]) === JSON.stringify(now[index]);
  return same(0) && same(now.length - 1) && JSON.stringify(before) === JSON.stringify(now);
}

/** Whether the records of a page can be told apart. */
function distinct(records: readonly unknown[]): boolean {
  return records.length > 1 && JSON.stringify(records[0]) !== JSON.stringify(records.at(-1));
}
