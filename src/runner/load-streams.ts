import { SluiceError } from "../core/errors.ts";
import type { Clock } from "../core/time.ts";
import type { JointPlan } from "../pipelines/load/joint-load.ts";
import type { LoadSession } from "../pipelines/load/load-session.ts";
import type { StreamPlan, StreamResult } from "../pipelines/load/plan.ts";

/**
 * How long a stream may take to end after it was told to stop: enough to finish a commit, too little for a connector
 * that does not listen to hold up the end of the run. Below the ten seconds after which container engines kill.
 */
const STOP_GRACE_MS = 7000;

export interface LoadStreamsOptions {
  session: Pick<LoadSession, "loadStream" | "loadJointly" | "close">;
  plans: readonly StreamPlan[];
  parallel: number;
  signal: AbortSignal;
  clock: Clock;
  /** Aborts, with an error, when this stream alone is to stop. */
  stopOf(stream: string): AbortSignal;
  onResult: (result: StreamResult) => void;
}

/**
 * Loads streams, at most `parallel` at a time. One that fails does not stop the others unless its error concerns the
 * whole run; that error is returned. Once stopped, no further stream is begun.
 */
export async function loadStreams(options: LoadStreamsOptions): Promise<SluiceError | undefined> {
  const { plans, parallel, onResult } = options;
  const halt = new AbortController();
  const signal = AbortSignal.any([options.signal, halt.signal]);
  const waiting = [...plans];
  const work = async (): Promise<void> => {
    for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
      const result = signal.aborted ? notBegun(plan) : await loadUnlessStopped(options, plan, signal);
      onResult(result);
      if (result.error?.recovery === "stop_run" && !signal.aborted) halt.abort(result.error);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, plans.length) }, work));
  return halt.signal.aborted ? (halt.signal.reason as SluiceError) : undefined;
}

/** A stream that was asked to stop takes the time that it needs for its last commit: nobody waits for the process to end. */
async function loadUnlessStopped(
  options: LoadStreamsOptions,
  plan: StreamPlan,
  signal: AbortSignal,
): Promise<StreamResult> {
  const stop = options.stopOf(plan.stream);
  if (stop.aborted) return { ...emptyResult(plan, "cancelled"), error: stop.reason as SluiceError };
  const result = await loadUntilStopped(options, plan, { run: signal, stream: stop });
  const isStopped = stop.aborted && !signal.aborted && result.outcome === "cancelled";
  return isStopped ? { ...result, error: stop.reason as SluiceError } : result;
}

function loadUntilStopped(
  options: LoadStreamsOptions,
  plan: StreamPlan,
  stops: { run: AbortSignal; stream: AbortSignal },
): Promise<StreamResult> {
  const signal = AbortSignal.any([stops.run, stops.stream]);
  return untilStopped(
    options,
    stops.run,
    (session) => session.loadStream(plan, signal),
    () => unresponsive(plan),
  );
}

/**
 * Loads all streams at once, from a source that gives them mixed. A stop of one of them ends the read for all: the source
 * cannot be told to leave one out.
 */
export async function loadJointly(
  options: Omit<LoadStreamsOptions, "parallel">,
  read: JointPlan["read"],
): Promise<SluiceError | undefined> {
  const { plans, onResult } = options;
  if (plans.length === 0) return undefined;
  const stops = plans.map(({ stream }) => options.stopOf(stream));
  const signal = AbortSignal.any([options.signal, ...stops]);
  const loading = (session: LoadStreamsOptions["session"]) => session.loadJointly({ plans, read }, signal);
  const results = await untilStopped(options, options.signal, loading, () => plans.map(unresponsive));
  const stopped = stops.find(({ aborted }) => aborted)?.reason as SluiceError | undefined;
  for (const result of results) {
    const isStopped = stopped !== undefined && !options.signal.aborted && result.outcome === "cancelled";
    onResult(isStopped ? { ...result, error: stopped } : result);
  }
  return results.find(({ error }) => error?.recovery === "stop_run")?.error;
}

/** What does not end in time after its run was stopped is left behind; the session's end rolls it back. */
async function untilStopped<T>(
  { session, clock }: Pick<LoadStreamsOptions, "session" | "clock">,
  run: AbortSignal,
  load: (session: LoadStreamsOptions["session"]) => Promise<T>,
  left: () => T,
): Promise<T> {
  const done = new AbortController();
  const loading = load(session).finally(() => done.abort());
  const leftBehind = async (): Promise<T> => {
    await aborted(AbortSignal.any([run, done.signal]));
    await clock.sleep(STOP_GRACE_MS, done.signal).catch(() => {});
    if (done.signal.aborted) return loading;
    await session.close();
    return left();
  };
  return Promise.race([loading, leftBehind()]);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

function notBegun(plan: StreamPlan): StreamResult {
  return emptyResult(plan, "skipped");
}

function unresponsive(plan: StreamPlan): StreamResult {
  const message = `stopping ${plan.stream}: it did not end within ${STOP_GRACE_MS / 1000} s and was left behind. What was not committed is not loaded; run again.`;
  return { ...emptyResult(plan, "cancelled"), error: new SluiceError("source_failed", message) };
}

/** What is told about a stream of which nothing was loaded. */
export function emptyResult(
  plan: Pick<StreamPlan, "stream" | "namespace" | "table" | "mode">,
  outcome: StreamResult["outcome"],
): StreamResult {
  const { stream, namespace, table = stream, mode } = plan;
  const counts = { rows_read: 0, rows_written: 0, inserted: 0, updated: 0, unchanged: 0, deleted: 0 };
  const nothing = {
    duration_ms: 0,
    continued_from: null,
    continued_at: null,
    cursor_before: null,
    cursor_after: null,
    schema_changes: [],
    new_tables: [],
  };
  return { stream, table: `${namespace}.${table}`, mode, outcome, ...counts, rejected: 0, bytes: 0, ...nothing };
}
