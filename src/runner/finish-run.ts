import { hostname } from "node:os";
import { asSluiceError, type SluiceError } from "../core/errors.ts";
import { canonicalJson, type JsonValue } from "../core/json.ts";
import { reached } from "../core/milestones.ts";
import { isoTime } from "../core/time.ts";
import type { StateMirror } from "../pipelines/load/plan.ts";
import type { RunSummary } from "../runs/summary-file.ts";
import type { DestinationAccess } from "./destination-access.ts";
import type { ResolvedRun } from "./resolve-run.ts";
import type { RunContext } from "./run-context.ts";
import { renderReport } from "./run-report.ts";
import type { RunResult } from "./run-result.ts";
import type { RunTally } from "./run-tally.ts";
import { failed, judgeRun, stopReason, type Verdict } from "./run-verdict.ts";

export interface RunEnd {
  /** What stopped the run as a whole, if anything did. */
  error: SluiceError | undefined;
  resolved?: ResolvedRun;
  access?: DestinationAccess;
}

interface Ending {
  verdict: Verdict;
  finished_at: number;
  report: string;
}

/**
 * Judges the run and leaves its traces: summary, history row, `run.finish`, result. A log or summary that cannot be
 * written makes the run a failed one, whatever was loaded.
 */
export async function finishRun(run: RunContext, end: RunEnd): Promise<RunResult> {
  const { artifacts, tally } = run;
  await artifacts.flush();
  let ending = endAs(run, judgeRun(tally, artifacts.failure() ?? end.error, stopReason(run.signal)));
  try {
    await artifacts.store(summaryOf(run, ending));
  } catch (error) {
    ending = endAs(run, failed(asSluiceError(error)));
  }
  await recordHistory(run, end, ending);
  reached("after_history");
  emitFinish(run, ending);
  await artifacts.close();
  const unwritten = artifacts.failure();
  if (unwritten !== undefined) ending = endAs(run, failed(unwritten));
  return resultOf(run, ending);
}

function endAs(run: RunContext, verdict: Verdict): Ending {
  const finished_at = run.deps.clock.now();
  const { tally, request } = run;
  const { connection, dry_run = false } = request;
  const report = renderReport({ connection, duration_ms: finished_at - run.started_at, dry_run, tally, verdict });
  return { verdict, finished_at, report };
}

function summaryOf(run: RunContext, { verdict, finished_at, report }: Ending): RunSummary {
  const { tally, request, deps, started_at } = run;
  const { stats } = tally;
  return run.redactor.value<RunSummary>({
    v: 1,
    run_id: run.run_id,
    connection: request.connection,
    type: run.type,
    status: verdict.status,
    exit_code: verdict.exit_code,
    trigger: request.trigger,
    started_at: isoTime(started_at),
    finished_at: isoTime(finished_at),
    duration_ms: finished_at - started_at,
    attempts: tally.attempts,
    error: verdict.error,
    report,
    warnings: tally.warnings.list,
    state: tally.stateAfter,
    state_before: tally.stateBefore,
    stats,
    progress_counts: Object.fromEntries(Object.entries(stats).map(([name, { rows_written }]) => [name, rows_written])),
    schema_changes: tally.schemaChanges,
    events_path: run.artifacts.events_path,
    destination: tally.destination,
    version: deps.version,
  });
}

/** The rows are committed: a history that cannot be written is told, and changes nothing. */
async function recordHistory(run: RunContext, { resolved, access }: RunEnd, ending: Ending): Promise<void> {
  if (resolved === undefined || access === undefined || run.tally.destination === null) return;
  const { run_id, request, tally, redactor, started_at } = run;
  const { connection } = resolved;
  const { status, error } = ending.verdict;
  const record = redactor.value({
    ...{ run_id, connection_id: connection.id, connection: connection.name, type: connection.type, status },
    trigger: request.trigger,
    started_at: isoTime(started_at),
    finished_at: isoTime(ending.finished_at),
    attempts: tally.attempts,
    error: error as JsonValue,
    stats: tally.stats as JsonValue,
    host: hostname(),
  });
  await access.record(record).catch((cause) => {
    const { code, message } = asSluiceError(cause);
    run.warn(`keeping the run in the destination's history: ${message}`, { code });
  });
}

function emitFinish({ events, tally, started_at }: RunContext, { verdict, finished_at }: Ending): void {
  const { status, error } = verdict;
  const data = { status, attempts: tally.attempts, duration_ms: finished_at - started_at, totals: tally.totals, error };
  events.emit({ kind: "run.finish", level: status === "success" ? "info" : "error", data });
}

function resultOf(run: RunContext, { verdict, report }: Ending): RunResult {
  const { tally, artifacts } = run;
  return run.redactor.value<RunResult>({
    v: 1,
    kind: "result",
    run_id: run.run_id,
    connection: run.request.connection,
    status: verdict.status,
    report_text: report,
    state_updates: movedState(tally),
    stats: tally.stats,
    exit_code: verdict.exit_code,
    events_path: artifacts.events_path,
    summary_path: artifacts.summary_path,
    error: verdict.error,
  });
}

/** The state after the run, with only the streams whose cursor this run has moved. */
function movedState({ stateBefore, stateAfter }: RunTally): StateMirror | null {
  if (stateBefore === null || stateAfter === null) return null;
  const isMoved = (stream: string) =>
    canonicalJson(stateBefore.streams[stream]?.cursor) !== canonicalJson(stateAfter.streams[stream]?.cursor);
  const moved = Object.entries(stateAfter.streams).filter(([stream]) => isMoved(stream));
  return moved.length === 0 ? null : { ...stateAfter, streams: Object.fromEntries(moved) };
}
