import type { HttpParams } from "../http/http-client.ts";
import { startOf } from "./begin-reading.ts";
import { timeFormat, timeOf } from "./cursor-format.ts";
import type { CursorMark } from "./cursor-tracker.ts";
import { isoText } from "./instant.ts";
import type { CursorReading, PartitionBatch } from "./partition.ts";
import { markOf } from "./partition-state.ts";
import { type PageQuery, readPages } from "./read-pages.ts";
import { RecordTaker, type Span } from "./record-taker.ts";
import type { ShapedRecords } from "./shape-records.ts";
import type { WindowOptions } from "./stream-options.ts";

interface Window extends Span {
  /** It has its full length and is over, by the clock here: nothing more will come to be in it. */
  isWhole: boolean;
}

/**
 * Window by window, each a place to stop at; a record counts for the window that its time is in, whatever else the API
 * gives. After a window that lies wholly in the past the cursor is its end. The last
 * one, which is cut off at now less the lag, moves the cursor only to its newest record; without a cursor field it is left
 * for the next run. What is past is for the source to say as well, in the `date` of its answers: a machine whose clock is
 * ahead would otherwise pass over all that is made until its clock is right again.
 */
export async function* readWindows(reading: CursorReading, window: WindowOptions): AsyncGenerator<PartitionBatch> {
  const { partition, cursor } = reading;
  const lag_ms = (cursor.lag_s ?? 0) * 1000;
  const ceiling_ms = Date.now() - lag_ms;
  const old = partition.state === undefined ? undefined : markOf(partition.state);
  let mark = old;
  let before = startOf(reading);
  if (before === undefined) return;
  const first_ms = timeOf(reading.rules.beginning(before.at), partition.stream.name);
  for (const span of spans(first_ms, ceiling_ms, window.step_s * 1000)) {
    if (!span.isWhole && cursor.field === undefined) return;
    const taker = new RecordTaker(reading, { before, soFar: mark, within: span });
    const isOver = yield* readWindow(reading, { window, span, taker, lag_ms });
    if (!isOver && span.isWhole) return;
    mark = markAfter(span, taker);
    before = mark ?? before;
  }
}

function* spans(first_ms: number, ceiling_ms: number, step_ms: number): Generator<Window> {
  for (let from_ms = first_ms; from_ms < ceiling_ms; from_ms += step_ms) {
    const to_ms = Math.min(from_ms + step_ms, ceiling_ms);
    yield { from_ms, to_ms, isWhole: from_ms + step_ms <= ceiling_ms };
  }
}

interface WindowReading {
  window: WindowOptions;
  span: Window;
  taker: RecordTaker;
  lag_ms: number;
}

/** Returns whether the window is whole for the source too. */
async function* readWindow(
  reading: CursorReading,
  { window, span, taker, lag_ms }: WindowReading,
): AsyncGenerator<PartitionBatch, boolean> {
  const { partition } = reading;
  const pages = readPages(partition.source, windowQuery(reading, window, span), partition.onIgnored);
  let { isWhole } = span;
  try {
    for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
      if (page.next !== undefined) pages.start();
      isWhole &&= page.answered_ms === undefined || span.to_ms <= page.answered_ms - lag_ms;
      if (!isWhole && partition.stream.cursorField === undefined) return false;
      const taken = partition.stream.cursorField === undefined ? takeAll(reading, page) : taker.take(page);
      yield { rows: taken.rows, rejects: taken.rejects, bytes: page.bytes };
    }
  } finally {
    await pages.close();
  }
  const state = markAfter({ ...span, isWhole }, taker);
  yield { rows: [], rejects: [], bytes: 0, ...(state === undefined ? {} : { state }) };
  return isWhole;
}

/** The end of a whole window, else its newest record. */
function markAfter(span: Window, taker: RecordTaker): CursorMark | undefined {
  return span.isWhole ? { at: isoText(span.to_ms) } : taker.mark();
}

function windowQuery({ partition }: CursorReading, window: WindowOptions, { from_ms, to_ms }: Span): PageQuery {
  const { write } = timeFormat(window.format);
  const [from, to] = [write(from_ms), write(to_ms)];
  const params: HttpParams = {
    ...(window.from_param === undefined ? {} : { [window.from_param]: from }),
    ...(window.to_param === undefined ? {} : { [window.to_param]: to }),
  };
  return { stream: partition.stream, values: { ...partition.values, from, to, cursor: from }, params };
}

function takeAll({ partition }: CursorReading, page: Parameters<RecordTaker["take"]>[0]): ShapedRecords {
  const into: ShapedRecords = { rows: [], rejects: [] };
  for (const [index, record] of page.records.entries()) partition.shaper.shape(record, index, page, into);
  return into;
}
