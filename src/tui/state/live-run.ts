import type { ErrorReport } from "../../core/errors.ts";
import type { EventData, RunEvent, RunStatus, StreamOutcome } from "../../core/events.ts";

/** What is known of one stream of a run that is going on. */
export interface LiveStream {
  name: string;
  /** `stopping`: somebody asked for that, and it has not ended yet. */
  state: "running" | "stopping" | StreamOutcome;
  table: string;
  mode: string;
  rows_read: number;
  rows_written: number;
  rows_per_s: number;
  bytes: number;
  rejected: number;
  /** Events that told of an error: requests that failed, most of all. */
  errors: number;
  /** Requests that were tried again. */
  retries: number;
  waits_for: WaitsFor | undefined;
  /** Rows a second of the last reports, oldest first: for a spark line. */
  rates: number[];
  error: string | undefined;
}

export type WaitsFor = "source" | "network" | "destination";

export interface LiveRun {
  run_id: string;
  connection: string;
  type: string;
  /** ISO time; empty until the first event. */
  started_at: string;
  /** `dead`: its log has no end and nobody is running it. */
  status: "starting" | "running" | "dead" | RunStatus;
  attempt: number;
  max_attempts: number;
  streams: LiveStream[];
  /** The run waits until then, in milliseconds since the Unix epoch, before it tries again. */
  retry: { until: number; error: ErrorReport } | undefined;
  /** Events that told of an error of no single stream. */
  errors: number;
  /** Somebody asked for the whole run to stop. */
  isStopping: boolean;
  warnings: string[];
  schema_changes: number;
  error: ErrorReport | null;
  duration_ms: number | undefined;
  events: number;
  last_seq: number;
}

/** As many as a spark line shows. */
const RATES_KEPT = 60;
const WARNINGS_KEPT = 20;

export function newLiveRun(run_id: string): LiveRun {
  return {
    ...{ run_id, connection: "", type: "", started_at: "", status: "starting", attempt: 1, max_attempts: 1 },
    ...{ streams: [], retry: undefined, errors: 0, isStopping: false, warnings: [], schema_changes: 0, error: null },
    ...{ duration_ms: undefined, events: 0, last_seq: 0 },
  };
}

/** They tell once more what a stream has told, or what stands below the list. */
const REPEATS: ReadonlySet<string> = new Set(["attempt.error", "run.finish"]);

/** Changes `run` in place: ten thousand events a second leave no time for copies. */
export function applyEvent(run: LiveRun, event: RunEvent): void {
  run.events += 1;
  run.last_seq = event.seq;
  if (event.level === "error" && event.stream === undefined && !REPEATS.has(event.kind)) run.errors += 1;
  if (event.level === "warn" && event.message !== undefined) {
    run.warnings = [...run.warnings, event.message].slice(-WARNINGS_KEPT);
  }
  switch (event.kind) {
    case "run.start":
      Object.assign(run, { connection: event.connection, type: event.type, started_at: event.ts, status: "running" });
      break;
    case "attempt.start":
      Object.assign(run, { attempt: event.data.attempt, max_attempts: event.data.max_attempts, retry: undefined });
      break;
    case "attempt.retrying":
      run.retry = { until: Date.parse(event.ts) + event.data.sleep_ms, error: event.data.error as ErrorReport };
      break;
    case "schema.change":
      run.schema_changes += 1;
      break;
    case "stop.requested":
      if (event.stream === undefined) run.isStopping = true;
      else streamOf(run, event.stream).state = "stopping";
      break;
    case "run.finish":
      finish(run, event.data);
      break;
    default:
      applyStreamEvent(run, event);
  }
}

function finish(run: LiveRun, { status, error, duration_ms, attempts }: EventData<"run.finish">): void {
  Object.assign(run, { status, error, duration_ms, attempt: Math.max(1, attempts), retry: undefined });
  for (const stream of run.streams) {
    stream.waits_for = undefined;
    if (stream.state === "stopping" || stream.state === "running") stream.state = "cancelled";
  }
}

function applyStreamEvent(run: LiveRun, event: RunEvent): void {
  if (event.stream === undefined) return;
  const stream = streamOf(run, event.stream);
  if (event.level === "error") stream.errors += 1;
  switch (event.kind) {
    case "stream.start":
      Object.assign(stream, { state: "running", table: event.data.table, mode: event.data.mode, error: undefined });
      stream.waits_for = "source";
      break;
    case "stream.progress":
      report(stream, event.data);
      stream.waits_for = event.data.waits_for ?? stream.waits_for;
      break;
    case "record.rejected":
      stream.rejected += event.data.count;
      break;
    case "stream.finish":
      report(stream, event.data);
      stream.state = event.data.outcome;
      stream.rejected = event.data.rejected;
      stream.error = event.data.error?.message;
      stream.waits_for = undefined;
      break;
    case "http.request.start":
      if (event.data.attempt > 1) stream.retries += 1;
      stream.waits_for = "network";
      break;
    case "http.request.error":
    case "http.rate_limited":
      stream.waits_for = "network";
      break;
    case "http.request.ok":
      stream.waits_for = "source";
      break;
    default:
  }
}

function report(stream: LiveStream, flow: EventData<"stream.progress">): void {
  const { rows_read, rows_written, rows_per_s, bytes } = flow;
  Object.assign(stream, { rows_read, rows_written, rows_per_s, bytes });
  stream.rates.push(rows_per_s);
  if (stream.rates.length > RATES_KEPT) stream.rates.shift();
}

function streamOf(run: LiveRun, name: string): LiveStream {
  const known = run.streams.find((stream) => stream.name === name);
  if (known !== undefined) return known;
  const counts = { rows_read: 0, rows_written: 0, rows_per_s: 0, bytes: 0, rejected: 0, errors: 0, retries: 0 };
  const stream: LiveStream = {
    name,
    state: "running",
    table: "",
    mode: "",
    ...counts,
    ...{ rates: [], error: undefined, waits_for: undefined },
  };
  run.streams.push(stream);
  return stream;
}
