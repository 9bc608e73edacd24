import { asSluiceError, SluiceError } from "../core/errors.ts";
import { NAME_PATTERN } from "../core/ids.ts";
import { createRedactor, misplacedSecrets } from "../core/redaction.ts";
import { clearLeftovers } from "../runs/leftovers.ts";
import { pruneRuns } from "../runs/retention.ts";
import { listRuns } from "../runs/run-index.ts";
import { retriesOf, runAttempts } from "./attempts.ts";
import { DestinationAccess } from "./destination-access.ts";
import { dryRun } from "./dry-run.ts";
import { finishRun } from "./finish-run.ts";
import { listenForStops } from "./obey-stops.ts";
import { type Resolution, type ResolvedRun, resolveRun } from "./resolve-run.ts";
import { createRunContext, type RunContext } from "./run-context.ts";
import { lockConnection, runPurpose } from "./run-lock-file.ts";
import type { RunnerDeps, RunOptions, RunRequest } from "./run-request.ts";
import type { RunResult } from "./run-result.ts";
import { RunStop } from "./run-stop.ts";
import { stopReason } from "./run-verdict.ts";

/** These mean that there is no such connection, or that its run is somebody else's: no trace of a run is left. */
const WITHOUT_ARTIFACTS = new Set(["workspace_missing", "config_unreadable", "connection_unknown", "already_running"]);

/**
 * Runs one connection from start to finish. Never rejects: whatever happens is in the result, in the events, and in
 * the run's log and summary.
 */
export async function runConnection(
  deps: RunnerDeps,
  request: RunRequest,
  options: RunOptions = {},
): Promise<RunResult> {
  const redactor = createRedactor();
  const stop = new RunStop(deps.clock, options.signal);
  const resolution = await resolveRun({ ...deps, redactor }, request.connection);
  redactor.add(misplacedSecrets(resolution.schema));
  const { type } = resolution;
  const run = createRunContext({ deps, request, options, redactor, type, stop });
  emitStart(run, resolution);
  stop.after(request.timeout_s ?? resolution.resolved?.settings.timeout_s);
  try {
    return resolution.resolved === undefined
      ? await endEarly(run, resolution.error ?? new SluiceError("internal", "the connection could not be resolved."))
      : await runResolved(run, resolution.resolved);
  } finally {
    stop.end();
  }
}

function emitStart({ events, request, deps }: RunContext, { schema, resolved }: Resolution): void {
  const { full_refresh = false, dry_run = false, streams = [], trigger } = request;
  const mode = { full_refresh, dry_run, streams: [...streams] };
  const retries = retriesOf(request, resolved);
  events.emit({ kind: "run.start", data: { schema, mode, retries, trigger, version: deps.version } });
}

/** A run whose connection cannot be run at all still has a log and a summary, for those who ask in the morning. */
async function endEarly(run: RunContext, error: SluiceError): Promise<RunResult> {
  const leavesTrace = !WITHOUT_ARTIFACTS.has(error.code) && NAME_PATTERN.test(run.request.connection);
  if (leavesTrace && run.request.dry_run !== true) {
    await run.artifacts.open().catch((cause) => run.warn(asSluiceError(cause).message));
  }
  return finishRun(run, { error });
}

async function runResolved(run: RunContext, resolved: ResolvedRun): Promise<RunResult> {
  try {
    return run.request.dry_run === true
      ? await finishRun(run, { error: await dryRun(run, resolved) })
      : await runLocked(run, resolved);
  } finally {
    await run.scope.close();
  }
}

async function runLocked(run: RunContext, resolved: ResolvedRun): Promise<RunResult> {
  const access = new DestinationAccess(run, resolved);
  const { workspace } = run.deps;
  const locking = await lockConnection(workspace, resolved.connection, runPurpose(run.run_id)).catch(asSluiceError);
  if (locking instanceof SluiceError) return endEarly(run, locking);
  const inbox = await listenForStops(run);
  try {
    const error = await prepareAndRun(run, resolved, access);
    return await finishRun(run, { error, resolved, access });
  } finally {
    await inbox.close().catch(() => {});
    await access.close();
    await locking.release().catch(() => {});
  }
}

async function prepareAndRun(
  run: RunContext,
  resolved: ResolvedRun,
  access: DestinationAccess,
): Promise<SluiceError | undefined> {
  try {
    await tellOfInterruptedRun(run);
    await run.artifacts.open();
    await pruneOldRuns(run, resolved.settings.retention_days);
    return stopReason(run.signal) ?? (await runAttempts(run, resolved, access));
  } catch (error) {
    return asSluiceError(error);
  }
}

/** We hold the connection's lock: an earlier run without an end is a run that died, maybe while it wrote its summary. */
async function tellOfInterruptedRun(run: RunContext): Promise<void> {
  const { runs, run_logs } = run.deps.workspace.paths;
  const { connection } = run.request;
  const [last] = await listRuns(runs, run_logs, { connection, limit: 1 }).catch(() => []);
  await clearLeftovers(runs, connection, last === undefined ? run.started_at : Date.parse(last.started_at));
  if (last?.status !== "interrupted") return;
  const { run_id, events_path, started_at } = last;
  const message = `the run of ${started_at} was interrupted: its log ${events_path} has no end. This run continues from its last commit.`;
  run.events.emit({ kind: "runtime.event", level: "warn", message, data: { run_id, events_path, started_at } });
}

async function pruneOldRuns(run: RunContext, days: number | undefined): Promise<void> {
  if (days === undefined) return;
  const { runs, run_logs } = run.deps.workspace.paths;
  await pruneRuns(runs, run_logs, days, run.started_at).catch((error: Error) =>
    run.warn(`deleting runs older than ${days} days: ${error.message}`),
  );
}
