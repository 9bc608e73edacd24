import { continuationText } from "../../core/cursor-text.ts";
import type { SluiceError } from "../../core/errors.ts";
import { reportError } from "../../core/errors.ts";
import type { EventStream } from "../../core/event-stream.ts";
import type { StreamOutcome } from "../../core/events.ts";
import type { JsonValue } from "../../core/json.ts";
import type { Clock } from "../../core/time.ts";
import { addCounts, NO_ROWS, type RowCounts } from "../../databases/postgres/row-counts.ts";
import type { StoredCounts } from "./lane.ts";
import type { Layout } from "./layout.ts";
import type { SchemaChange, StreamPlan, StreamResult } from "./plan.ts";
import { Waits } from "./waits.ts";

const FORM_NAMES = { copy_binary: "binary COPY", copy_text: "COPY text" };

/** At most four progress events a second and stream. */
const PROGRESS_INTERVAL_MS = 250;

export interface ProgressDeps {
  events: EventStream;
  clock: Clock;
  waits?: Waits;
}

/** Counts what one stream does and says so in events. */
export class StreamProgress {
  readonly result: StreamResult;
  readonly #events: EventStream;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #waits: Waits;
  #lastSaid: number;

  constructor(plan: StreamPlan, table: string, { events, clock, waits = new Waits(clock) }: ProgressDeps) {
    this.#events = events;
    this.#clock = clock;
    this.#startedAt = clock.now();
    this.#lastSaid = this.#startedAt;
    this.#waits = waits;
    this.result = {
      stream: plan.stream,
      table,
      mode: plan.mode,
      outcome: "failed",
      rows_read: 0,
      rows_written: 0,
      inserted: 0,
      updated: 0,
      unchanged: 0,
      deleted: 0,
      rejected: 0,
      bytes: 0,
      duration_ms: 0,
      continued_from: null,
      continued_at: null,
      cursor_before: null,
      cursor_after: null,
      schema_changes: [],
      new_tables: [],
    };
  }

  started(lane: string, cursor: JsonValue, plan: StreamPlan): void {
    const { stream, mode, table } = this.result;
    this.result.cursor_before = cursor;
    this.result.cursor_after = cursor;
    const continued = cursor !== null && !plan.full_refresh && plan.mode !== "replace";
    if (continued) this.result.continued_from = cursor;
    if (continued) this.result.continued_at = continuationText(cursor, plan.describeCursor);
    const data = { mode, table, cursor: cursorForEvent(cursor), lane, continued };
    const from = this.result.continued_at ?? "its beginning";
    const message = `${continued ? "continuing" : "reading"} ${stream} from ${from}`;
    this.#events.emit({ kind: "stream.start", stream, message, data });
  }

  /** The source has found that the cursor counts no more: nothing is continued. */
  startedOver(): void {
    this.result.continued_from = null;
    this.result.continued_at = null;
  }

  laidOut({ form, reason, columns }: Layout): void {
    const { stream } = this.result;
    const message =
      form === "values" ? `rows are read value by value: ${reason}` : `rows are passed on as ${FORM_NAMES[form]}`;
    const data = { form, columns: columns.length, reason: reason ?? null };
    this.#events.emit({ kind: "stream.layout", stream, message, data });
  }

  read(rows: number, rejects: number, bytes: number): void {
    this.result.rows_read += rows + rejects;
    this.result.bytes += bytes;
    if (this.#clock.now() - this.#lastSaid < PROGRESS_INTERVAL_MS) return;
    this.#lastSaid = this.#clock.now();
    const data = { ...this.#flow(), waits_for: this.#waits.takeLongest() };
    this.#events.emit({ kind: "stream.progress", stream: this.result.stream, data });
  }

  committed(counts: StoredCounts, before: JsonValue, after: JsonValue, duration_ms: number): void {
    const { result } = this;
    result.inserted += counts.inserted;
    result.updated += counts.updated;
    result.unchanged += counts.unchanged;
    result.deleted += counts.deleted;
    this.#addChildren(counts.children ?? {});
    const rows = counts.inserted + counts.updated;
    result.rows_written += rows;
    result.cursor_after = after;
    const data = { rows, cursor_before: cursorForEvent(before), cursor_after: cursorForEvent(after), duration_ms };
    this.#events.emit({ kind: "checkpoint.commit", stream: result.stream, data });
  }

  #addChildren(children: Readonly<Record<string, RowCounts>>): void {
    for (const [table, counts] of Object.entries(children)) {
      this.result.child_tables ??= {};
      this.result.child_tables[table] = addCounts(this.result.child_tables[table] ?? NO_ROWS, counts);
    }
  }

  /** There is no such table yet. */
  makes(table: string): void {
    if (!this.result.new_tables.includes(table)) this.result.new_tables.push(table);
  }

  changed(change: SchemaChange, level: "info" | "warn"): void {
    this.result.schema_changes.push(change);
    this.#events.emit({ kind: "schema.change", level, stream: this.result.stream, data: change });
  }

  rejected(count: number, reason: string, sample_key: string): void {
    this.result.rejected += count;
    const data = { count, reason, sample_key };
    this.#events.emit({ kind: "record.rejected", stream: this.result.stream, data });
  }

  finished(outcome: StreamOutcome, error?: SluiceError): StreamResult {
    const { result } = this;
    result.outcome = outcome;
    result.duration_ms = Math.round(this.#clock.now() - this.#startedAt);
    if (error !== undefined) result.error = error;
    const { inserted, updated, unchanged, deleted, rejected, duration_ms, child_tables } = result;
    const children = child_tables === undefined ? {} : { child_tables };
    const data = {
      ...this.#flow(),
      outcome,
      inserted,
      updated,
      unchanged,
      deleted,
      rejected,
      duration_ms,
      ...children,
    };
    const failed = error === undefined ? {} : { error: reportError(error) };
    const level = outcome === "failed" ? "error" : outcome === "cancelled" ? "warn" : "info";
    const message = error === undefined ? {} : { message: error.message };
    this.#events.emit({
      kind: "stream.finish",
      level,
      stream: result.stream,
      ...message,
      data: { ...data, ...failed },
    });
    return result;
  }

  #flow() {
    const { rows_read, rows_written, bytes } = this.result;
    const seconds = Math.max(1, this.#clock.now() - this.#startedAt) / 1000;
    return { rows_read, rows_written, bytes, rows_per_s: Math.round(rows_read / seconds) };
  }
}

/** A cursor over thousands of files would make every event as long as the state: longer ones are only measured. */
const MAX_CURSOR_CHARACTERS = 4000;

function cursorForEvent(cursor: JsonValue): JsonValue {
  const text = JSON.stringify(cursor);
  return text.length <= MAX_CURSOR_CHARACTERS ? cursor : { abridged: true, characters: text.length };
}
