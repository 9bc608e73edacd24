import { ConnectorError } from "../connector-error.ts";
import type { Reject, Row } from "../define-connector.ts";
import { type CursorMark, CursorTracker, MAX_SEEN, markOfRecord } from "./cursor-tracker.ts";
import type { CursorValue } from "./cursor-value.ts";
import { instantOf } from "./instant.ts";
import type { CursorReading } from "./partition.ts";
import type { RecordPage } from "./read-pages.ts";

export interface TakerStart {
  /** Where reading begins: by the state, or by the option `start`. */
  before: CursorMark | undefined;
  /** The highest value that was read already. */
  soFar: CursorMark | undefined;
  /** Only records of this time are wanted, whatever the API gives. */
  within?: Span;
}

/** From its begin to just before its end; without the begin and with the end where the API asks by >. */
export interface Span {
  from_ms: number;
  to_ms: number;
}

export interface Taken {
  rows: Row[];
  rejects: Reject[];
  /** Index of the first row that stands at the highest value. */
  tail: number;
  /** The highest value before that of the tail, if this page had one. */
  beforeTail: CursorValue | undefined;
  /** A record came before one that should have come earlier. */
  disordered: boolean;
  /** What follows is older than where reading began, or too young. */
  done: boolean;
}

/** Takes from pages the records that are wanted, and keeps the cursor. */
export class RecordTaker {
  readonly tracker: CursorTracker;
  readonly #reading: CursorReading;
  readonly #floor: CursorValue | undefined;
  readonly #within: Span | undefined;
  #toldOfMissing = false;

  constructor(reading: CursorReading, { before, soFar, within }: TakerStart) {
    const { rules } = reading;
    this.#reading = reading;
    this.#within = within;
    const isExact = rules.isAsked && !rules.hasMargin;
    this.#floor = before === undefined || isExact ? undefined : rules.beginning(before.at);
    const identify = identifier(reading);
    const mark = (record: unknown) => markOfRecord(identify(record));
    this.tracker = new CursorTracker({ compare: rules.compare, grainOf: rules.grainOf, mark, before, soFar });
  }

  take(page: RecordPage): Taken {
    const taken: Taken = { rows: [], rejects: [], tail: 0, beforeTail: undefined, disordered: false, done: false };
    const { records } = page;
    for (let index = 0; index < records.length && !taken.done; index++) this.#takeOne(page, index, taken);
    this.#assertTellable();
    return taken;
  }

  /** The state's mark; only ties that the API gives again are told apart. */
  mark(): CursorMark | undefined {
    const mark = this.tracker.mark();
    return mark === undefined || this.#reading.cursor.inclusive ? mark : { at: mark.at };
  }

  #takeOne(page: RecordPage, index: number, taken: Taken): void {
    const { partition, rules } = this.#reading;
    const record = page.records[index];
    const value = rules.read(record);
    if (value === undefined) {
      this.#takeWithoutCursor(page, index, taken);
      return;
    }
    if (this.#isOutside(value, taken) || this.tracker.isRepeated(record, value)) return;
    const before = this.tracker.max;
    if (!this.tracker.note(record, value)) taken.disordered = true;
    if (this.tracker.max !== before && before !== undefined && rules.compare(value, before) > 0) {
      taken.tail = taken.rows.length;
      taken.beforeTail = before;
    }
    partition.shaper.shape(record, index, page, taken);
  }

  #isOutside(value: CursorValue, taken: Taken): boolean {
    const { rules, cursor } = this.#reading;
    if (this.#floor !== undefined && rules.compare(value, this.#floor) < 0) {
      if (cursor.ordered === "desc") taken.done = true;
      return true;
    }
    if (this.#within !== undefined) return !isWithin(value, this.#within, cursor.inclusive);
    if (rules.ceiling_ms === undefined || (instantOf(value)?.ms ?? 0) <= rules.ceiling_ms) return false;
    if (cursor.ordered === "asc") taken.done = true;
    return true;
  }

  /** Nothing tells whether such a record was loaded before: merged it does no harm, appended it would be doubled. */
  #takeWithoutCursor(page: RecordPage, index: number, taken: Taken): void {
    const { partition } = this.#reading;
    const { stream, source, shaper } = partition;
    const record = page.records[index];
    if (stream.mode === "append" && typeof record === "object" && record !== null) {
      const reason = `the cursor field ${stream.cursorField} is missing or null`;
      const before = taken.rows.length;
      taken.rejects.push({ position: page.placeOf(index), reason, text: JSON.stringify(record), before });
      return;
    }
    if (!this.#toldOfMissing) {
      source.log(
        "warn",
        `records of ${stream.name} have no ${stream.cursorField}: they are loaded, but later runs cannot ask for them`,
      );
    }
    this.#toldOfMissing = true;
    shaper.shape(record, index, page, taken);
  }

  #assertTellable(): void {
    const { partition, cursor } = this.#reading;
    const { name, mode } = partition.stream;
    if (mode !== "append" || !cursor.inclusive || !this.tracker.isCrowded) return;
    throw new ConnectorError(
      "source_failed",
      `reading ${name}: more than ${MAX_SEEN} records have one value of ${partition.stream.cursorField}, too many to be told from new ones. Set a primary key and the mode merge, or a cursor that is finer.`,
      { details: { stream: name } },
    );
  }
}

function isWithin(value: CursorValue, { from_ms, to_ms }: Span, inclusive: boolean): boolean {
  const instant = instantOf(value);
  if (instant === undefined) return true;
  const { ms, finer } = instant;
  if (inclusive) return ms >= from_ms && ms < to_ms;
  const isAfter = ms > from_ms || (ms === from_ms && finer !== "");
  return isAfter && (ms < to_ms || (ms === to_ms && finer === ""));
}

/** Appended records are told apart by their key; merged ones by all they hold, so that none that changed is left out. */
function identifier({ partition }: CursorReading): (record: unknown) => never {
  const { stream, shaper } = partition;
  const byKey = stream.mode === "append" && stream.primaryKey.length > 0;
  if (!byKey) return (record) => record as never;
  return (record) => {
    const shaped = { rows: [] as Row[], rejects: [] as Reject[] };
    shaper.shape(record, 0, { placeOf: () => "" }, shaped);
    return shaped.rows.map((row) => stream.primaryKey.map((key) => row[key])) as never;
  };
}
