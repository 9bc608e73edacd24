import { ConnectorError } from "../connector-error.ts";
import type { Row } from "../define-connector.ts";
import { queryFrom, startOf } from "./begin-reading.ts";
import type { CursorMark } from "./cursor-tracker.ts";
import { maxRecordsOf } from "./pagination-options.ts";
import type { CursorReading, PartitionBatch } from "./partition.ts";
import { markOf, type PartitionState } from "./partition-state.ts";
import { type RecordPage, readPages } from "./read-pages.ts";
import { RecordTaker, type Taken } from "./record-taker.ts";

/**
 * Records in the order of their cursor: each page is a place to stop at. An API that asks by >= gives the records at the
 * cursor's value again, and the state knows them; one that asks by > does not, so rows at a page's highest value are held
 * back until the value changes.
 */
export async function* readAscending(reading: CursorReading): AsyncGenerator<PartitionBatch> {
  const first = startOf(reading);
  const { state } = reading.partition;
  const soFar = state === undefined ? undefined : markOf(state);
  const max = maxRecordsOf(reading.partition.stream.options.paginate);
  for (let from: QueryStart = { before: first, soFar }; ; ) {
    const query = new AscendingQuery(reading, from);
    yield* query.read(max);
    if (!query.isCutShort) return;
    from = nextStart(reading, from, query.mark());
  }
}

interface QueryStart {
  before: CursorMark | undefined;
  soFar: CursorMark | undefined;
}

/** One query, from its first page to its last. */
class AscendingQuery {
  /** The API gives no more for this query, though there is more. */
  isCutShort = false;
  readonly #reading: CursorReading;
  readonly #start: QueryStart;
  readonly #taker: RecordTaker;
  #held: Row[] = [];
  /** The highest value of which every record was given out, asked by >. */
  #safe: CursorMark | undefined;
  #isDisordered = false;

  constructor(reading: CursorReading, start: QueryStart) {
    this.#reading = reading;
    this.#start = start;
    this.#taker = new RecordTaker(reading, start);
  }

  async *read(max: number | undefined): AsyncGenerator<PartitionBatch> {
    const { partition } = this.#reading;
    const pages = readPages(partition.source, queryFrom(this.#reading, this.#start.before), partition.onIgnored);
    let count = 0;
    try {
      for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
        const taken = this.#taker.take(page);
        if (taken.beforeTail !== undefined) this.#safe = { at: taken.beforeTail };
        count += page.records.length;
        this.isCutShort = page.next !== undefined && !taken.done && this.#asksAnew(count, max);
        const isLast = taken.done || page.next === undefined;
        if (!isLast && !this.isCutShort) pages.start();
        yield this.#batch(page, taken, isLast);
        if (isLast || this.isCutShort) return;
      }
    } finally {
      await pages.close();
    }
  }

  /** What the next query asks from: asked by >, rows that were held back come again. */
  mark(): CursorMark | undefined {
    return this.#reading.cursor.inclusive ? this.#taker.mark() : this.#safe;
  }

  /** Because the API gives no more for this query, or because the cursor has moved and is to be followed. */
  #asksAnew(count: number, max: number | undefined): boolean {
    if (max !== undefined && count >= max) return true;
    if (!this.#reading.cursor.requery || this.#isDisordered) return false;
    return this.#reading.rules.asked(this.mark()) !== this.#reading.rules.asked(this.#start.before);
  }

  #batch(page: RecordPage, taken: Taken, isLast: boolean): PartitionBatch {
    const held = this.#held.length;
    const rejects = taken.rejects.map((reject) => ({ ...reject, before: held + (reject.before ?? 0) }));
    const wasOrdered = !this.#isDisordered;
    if (taken.disordered && wasOrdered) this.#tellDisorder();
    const holdsBack = !this.#reading.cursor.inclusive && !this.#isDisordered;
    const rows = holdsBack && !isLast ? this.#holdBack(taken) : this.#release(taken);
    const state = isLast ? this.#taker.mark() : this.#stateWithin(taken, wasOrdered);
    return { rows, rejects, bytes: page.bytes, ...(state === undefined ? {} : { state }) };
  }

  /** Out of order, only the end is a place to stop at; what was stored on the way must be taken back first. */
  #stateWithin(taken: Taken, wasOrdered: boolean): PartitionState | undefined {
    const { inclusive } = this.#reading.cursor;
    if (this.#isDisordered) return wasOrdered ? this.#stateOfDisorder() : undefined;
    if (!inclusive) return taken.beforeTail === undefined ? undefined : { at: taken.beforeTail };
    return this.#taker.mark();
  }

  #stateOfDisorder(): PartitionState {
    if (this.#reading.partition.stream.mode === "append") return { ...this.#taker.mark(), disordered: true };
    return this.#start.soFar ?? {};
  }

  #holdBack({ rows, tail, beforeTail }: Taken): Row[] {
    if (beforeTail === undefined) {
      this.#held.push(...rows);
      return [];
    }
    const free = [...this.#held, ...rows.slice(0, tail)];
    this.#held = rows.slice(tail);
    return free;
  }

  #release({ rows }: Taken): Row[] {
    if (this.#held.length === 0) return rows;
    const free = [...this.#held, ...rows];
    this.#held = [];
    return free;
  }

  #tellDisorder(): void {
    this.#isDisordered = true;
    const { stream, source } = this.#reading.partition;
    const message = `records of ${stream.name} do not come in the order of ${stream.cursorField} that \`ordered\` says. The rest is read as one piece; set \`ordered\` to "none".`;
    source.log("warn", message, { stream: stream.name });
  }
}

/** @throws ConnectorError `source_failed` when the next query would be the same one again. */
function nextStart(
  { partition, rules }: CursorReading,
  { before }: QueryStart,
  mark: CursorMark | undefined,
): QueryStart {
  const { stream } = partition;
  if (mark !== undefined && rules.asked(mark) !== rules.asked(before)) return { before: mark, soFar: mark };
  throw new ConnectorError(
    "source_failed",
    `reading ${stream.name}: the API gives only \`max_records\` records for a query, and more than that have one value of ${stream.cursorField}. Choose a finer cursor, or make the query narrower.`,
    { details: { stream: stream.name } },
  );
}
