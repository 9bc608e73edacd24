import { z } from "zod";
import type { ErrorCode } from "./error-catalogue.ts";
import type { JsonValue } from "./json.ts";

/**
 * Everything that happens in a run, as one typed union. The JSONL log is its serialised form; every printer and screen
 * is a reader of the same stream. Contract: additions are free, any other change needs a new `v`.
 */
export const EVENT_VERSION = 1;

const eventLevel = z.enum(["debug", "info", "warn", "error"]);
export type EventLevel = z.infer<typeof eventLevel>;

const json: z.ZodType<JsonValue> = z.json() as z.ZodType<JsonValue>;
const count = z.number().int().nonnegative();
const ms = z.number().nonnegative();

export const errorReport = z.object({
  code: z.string() as unknown as z.ZodType<ErrorCode>,
  stage: z.enum(["config", "check", "read", "write", "transform", "state"]),
  recovery: z.enum(["retry", "skip", "stop_stream", "stop_run"]),
  message: z.string(),
  cause: z.array(z.string()),
  details: z.record(z.string(), json).optional(),
});

export const trigger = z.enum(["cli", "tui", "headless", "schedule", "api"]);
export type Trigger = z.infer<typeof trigger>;

export const runStatus = z.enum(["success", "partial", "failed", "cancelled"]);
export type RunStatus = z.infer<typeof runStatus>;

export const streamOutcome = z.enum(["success", "failed", "cancelled", "skipped"]);
export type StreamOutcome = z.infer<typeof streamOutcome>;

/** Rows of the tables that lists in a stream's rows have become. */
export const childTables = z
  .record(z.string(), z.object({ inserted: count, updated: count, unchanged: count, deleted: count }))
  .describe("rows of the tables that lists in the stream's rows have become, by `namespace.table`");

const flow = z.object({ rows_read: count, rows_written: count, bytes: count, rows_per_s: z.number().nonnegative() });
/** Which side most of the time since the last report was spent on. */
const waitsFor = z.enum(["source", "destination"]);
const request = z.object({ method: z.string(), url: z.string(), attempt: count });

/** `data` of each kind of event. */
export const eventData = {
  "run.start": z.object({
    schema: json,
    mode: z.object({ full_refresh: z.boolean(), streams: z.array(z.string()), dry_run: z.boolean() }),
    retries: count,
    trigger,
    version: z.string(),
  }),
  "attempt.start": z.object({ attempt: count, max_attempts: count }),
  "attempt.error": z.object({ attempt: count, max_attempts: count, error: errorReport }),
  "attempt.retrying": z.object({ attempt: count, max_attempts: count, error: errorReport, sleep_ms: ms }),
  "stream.start": z.object({
    mode: z.string(),
    table: z.string(),
    cursor: json,
    lane: z.string(),
    continued: z.boolean().optional(),
  }),
  /** How the rows of a source with types of its own come: as bytes of COPY that are passed on, or as values. */
  "stream.layout": z.object({ form: z.string(), columns: count, reason: z.string().nullable() }),
  "stream.progress": flow.extend({ waits_for: waitsFor.optional() }),
  "stream.finish": flow.extend({
    outcome: streamOutcome,
    inserted: count,
    updated: count,
    unchanged: count.default(0),
    deleted: count,
    rejected: count,
    duration_ms: ms,
    child_tables: childTables.optional(),
    error: errorReport.optional(),
  }),
  "checkpoint.commit": z.object({ rows: count, cursor_before: json, cursor_after: json, duration_ms: ms }),
  "schema.change": z.object({
    table: z.string(),
    column: z.string(),
    change: z.enum(["add", "widen", "reject"]),
    from: z.string().nullable(),
    to: z.string().nullable(),
    policy: z.string(),
  }),
  "record.rejected": z.object({ count, reason: z.string(), sample_key: z.string() }),
  "http.request.start": request,
  "http.request.ok": request.extend({ status: count, elapsed_ms: ms, items: count.optional() }),
  "http.request.error": request.extend({ status: count.optional(), elapsed_ms: ms, error: z.string() }),
  "http.rate_limited": request.extend({ status: count.optional(), wait_ms: ms }),
  "runtime.event": z.record(z.string(), json),
  /** Somebody asked for the run, or for one of its streams, to stop at the next checkpoint. */
  "stop.requested": z.object({ by: z.string() }),
  "state.merge": z.object({ before: json, after: json, before_from: z.string(), after_from: z.string() }),
  "state.reconciled": z.object({ before: json, after: json, before_from: z.string(), after_from: z.string() }),
  "run.finish": z.object({
    status: runStatus,
    attempts: count,
    duration_ms: ms,
    totals: z.object({
      rows_read: count,
      rows_written: count,
      inserted: count,
      updated: count,
      unchanged: count.default(0),
      deleted: count,
      rejected: count,
      bytes: count,
    }),
    error: errorReport.nullable(),
  }),
} as const;

export type EventKind = keyof typeof eventData;
export type EventData<K extends EventKind> = z.infer<(typeof eventData)[K]>;

/** What a part of a run says; the event stream adds who, when and where. */
export type EventInput = {
  [K in EventKind]: { kind: K; level?: EventLevel; stream?: string; message?: string; data: EventData<K> };
}[EventKind];

export interface EventEnvelope {
  v: typeof EVENT_VERSION;
  /** ISO time with milliseconds. */
  ts: string;
  /** Per run, from 1, without gaps. */
  seq: number;
  run_id: string;
  connection: string;
  /** The connector's name. */
  type: string;
}

/** One line of the event log. */
export type RunEvent = {
  [K in EventKind]: EventEnvelope & {
    kind: K;
    level: EventLevel;
    stream?: string;
    message?: string;
    data: EventData<K>;
  };
}[EventKind];

const envelope = z.object({
  v: z.literal(EVENT_VERSION),
  ts: z.iso.datetime(),
  seq: z.number().int().positive(),
  run_id: z.uuid(),
  connection: z.string(),
  type: z.string(),
  level: eventLevel,
  stream: z.string().optional(),
  message: z.string().optional(),
});

/** Checks a line that was read back, and is the source of `schemas/event.schema.json`. */
export const runEvent = z.discriminatedUnion(
  "kind",
  Object.entries(eventData).map(([kind, data]) => envelope.extend({ kind: z.literal(kind), data })) as never,
) as unknown as z.ZodType<RunEvent>;
