import { asSluiceError, reportError, type SluiceError } from "../core/errors.ts";
import type { LoadSession } from "../pipelines/load/load-session.ts";
import type { StateMirror, StreamResult } from "../pipelines/load/plan.ts";
import { pauseAfter } from "./backoff.ts";
import type { DestinationAccess } from "./destination-access.ts";
import { emptyResult, loadJointly, loadStreams } from "./load-streams.ts";
import { mirrorState } from "./mirror-state.ts";
import { jointReading, type PlannedStreams, planStreams } from "./plan-streams.ts";
import type { ResolvedRun } from "./resolve-run.ts";
import type { RunContext } from "./run-context.ts";
import { stopReason } from "./run-verdict.ts";
import { namespaceOf } from "./stream-settings.ts";

const DEFAULT_RETRIES = 2;
const DEFAULT_BACKOFF_S = 2;
const DEFAULT_PARALLEL_STREAMS = 4;

export function retriesOf({ retries }: { retries?: number }, resolved: ResolvedRun | undefined): number {
  return retries ?? resolved?.settings.retries ?? DEFAULT_RETRIES;
}

/** What one attempt leaves to the next. */
interface Progress {
  planned: PlannedStreams | undefined;
  mirror: StateMirror | undefined;
}

/**
 * Tries until every stream is loaded, the attempts are used up, or an error says that trying again cannot help.
 * Returns what stopped the run as a whole; what stopped single streams is in the tally.
 */
export async function runAttempts(
  run: RunContext,
  resolved: ResolvedRun,
  access: DestinationAccess,
): Promise<SluiceError | undefined> {
  const max_attempts = retriesOf(run.request, resolved) + 1;
  const backoff_s = run.request.backoff_s ?? resolved.settings.backoff_s ?? DEFAULT_BACKOFF_S;
  const progress: Progress = { planned: undefined, mirror: resolved.connection.state };
  for (let attempt = 1; ; attempt++) {
    run.tally.attempts = attempt;
    run.events.emit({ kind: "attempt.start", data: { attempt, max_attempts } });
    const stopped = await tryOnce(run, resolved, access, progress);
    const error = stopped ?? errorToRetry(run, progress);
    if (error === undefined) return undefined;
    run.events.emit({ kind: "attempt.error", data: { attempt, max_attempts, error: reportError(error) } });
    if (run.signal.aborted || attempt >= max_attempts || error.recovery !== "retry") return stopped;
    const sleep_ms = pauseAfter(attempt, backoff_s, run.deps.random ?? Math.random);
    const failure = { attempt, max_attempts, error: reportError(error) };
    run.events.emit({ kind: "attempt.retrying", data: { ...failure, sleep_ms } });
    await access.recoverFrom(error);
    await run.deps.clock.sleep(sleep_ms, run.signal).catch(() => {});
    if (run.signal.aborted) return stopReason(run.signal);
  }
}

/** One try at every stream that still needs one. Returns what stopped it as a whole; never throws. */
async function tryOnce(
  run: RunContext,
  resolved: ResolvedRun,
  access: DestinationAccess,
  progress: Progress,
): Promise<SluiceError | undefined> {
  let session: LoadSession | undefined;
  try {
    run.signal.throwIfAborted();
    session = await access.open();
    await reconcile(run, resolved, session, progress);
  } catch (error) {
    return stopReason(run.signal) ?? asSluiceError(error);
  }
  const stopped = await loadPending(run, resolved, access, progress);
  progress.mirror = (await mirrorState(run, session, resolved.connection.id)) ?? progress.mirror;
  run.tally.stateAfter = progress.mirror ?? null;
  return stopped === undefined && isComplete(run, progress) ? undefined : (stopReason(run.signal) ?? stopped);
}

/** A stop that came too late to stop anything does not count. */
function isComplete({ tally }: RunContext, { planned }: Progress): boolean {
  return planned?.plans.every((plan) => tally.hasSucceeded(plan.stream)) ?? false;
}

async function reconcile(
  { tally }: RunContext,
  { connection }: ResolvedRun,
  session: LoadSession,
  progress: Progress,
): Promise<void> {
  const { host, port, database } = session.destination;
  tally.destination = { host, port, database, namespace: namespaceOf(connection) };
  progress.mirror = await session.reconcile(progress.mirror);
  tally.stateBefore ??= progress.mirror;
  tally.stateAfter = progress.mirror;
}

async function loadPending(
  run: RunContext,
  resolved: ResolvedRun,
  access: DestinationAccess,
  progress: Progress,
): Promise<SluiceError | undefined> {
  const lost = access.lost ?? new AbortController().signal;
  const signal = AbortSignal.any([run.signal, lost]);
  try {
    const session = await access.open();
    progress.planned ??= await planAll(run, resolved, signal);
    const loading = {
      ...{ session, signal, clock: run.deps.clock },
      plans: progress.planned.plans.filter((plan) => run.tally.isWorthAnotherTry(plan.stream)),
      stopOf: (stream: string) => run.stops.signalOf(stream),
      onResult: (result: StreamResult) => run.tally.add(result),
    };
    const parallel =
      resolved.connection.schema.parallel ?? resolved.settings.parallel_streams ?? DEFAULT_PARALLEL_STREAMS;
    const read = jointReading(run, resolved);
    const stopped = read === undefined ? await loadStreams({ ...loading, parallel }) : await loadJointly(loading, read);
    return stopped ?? (lost.aborted ? asSluiceError(lost.reason) : undefined);
  } catch (error) {
    return asSluiceError(error);
  }
}

async function planAll(run: RunContext, resolved: ResolvedRun, signal: AbortSignal): Promise<PlannedStreams> {
  const planned = await planStreams(run, resolved, signal);
  run.stops.planned = planned.plans.map(({ stream }) => stream);
  const namespace = namespaceOf(resolved.connection);
  for (const { stream, mode, error } of planned.refused) {
    run.tally.add({ ...emptyResult({ stream, namespace, mode }, "failed"), error });
  }
  return planned;
}

/** A stream's error that another attempt may get over; else the first of them, to be told. A request to stop is none. */
function errorToRetry({ tally }: RunContext, { planned }: Progress): SluiceError | undefined {
  const isUnfinished = planned?.plans.some((plan) => tally.isWorthAnotherTry(plan.stream)) ?? false;
  const errors = tally.streamErrors.filter(({ code }) => code !== "stream_stopped");
  const passing = errors.find((error) => error.recovery === "retry");
  return (isUnfinished ? passing : undefined) ?? errors[0];
}
