import { type ErrorReport, isSluiceError, reportError, SluiceError } from "../core/errors.ts";
import type { RunStatus } from "../core/events.ts";
import type { RunTally } from "./run-tally.ts";

export interface Verdict {
  status: RunStatus;
  exit_code: number;
  error: ErrorReport | null;
}

/** The exit code for "some succeeded and some did not" (contract). */
const PARTIAL_EXIT = 4;

/**
 * How a run ended. `error` is what stopped it as a whole, if anything did; `stopped` is why it was told to stop.
 * What was loaded before a run was cancelled, timed out or lost its log stays, but does not make it `partial`.
 */
export function judgeRun(tally: RunTally, error: SluiceError | undefined, stopped: SluiceError | undefined): Verdict {
  const outcomes = Object.values(tally.stats).map((stats) => stats.outcome);
  const isAsked = ({ code }: SluiceError) => code === "stream_stopped";
  const firstError = error ?? tally.streamErrors.find((one) => !isAsked(one)) ?? tally.streamErrors[0];
  if (error === undefined && outcomes.every((outcome) => outcome === "success")) {
    return { status: "success", exit_code: 0, error: null };
  }
  const unwritable = [error, ...tally.streamErrors].find((one) => one?.code === "artifacts_unwritable");
  if (unwritable !== undefined) return failed(unwritable);
  if (stopped !== undefined) return { ...failed(stopped), status: isCancel(stopped) ? "cancelled" : "failed" };
  const cause = firstError ?? new SluiceError("internal", "a stream ended without success and without saying why.");
  if (outcomes.includes("success")) return { status: "partial", exit_code: PARTIAL_EXIT, error: reportError(cause) };
  return { ...failed(cause), status: isAsked(cause) ? "cancelled" : "failed" };
}

/** A run may also be stopped by its time limit, or because the process it runs in is in trouble. */
function isCancel({ code }: SluiceError): boolean {
  return code === "interrupted" || code === "terminated";
}

export function failed(error: SluiceError): Verdict {
  return { status: "failed", exit_code: error.exitCode, error: reportError(error) };
}

/** Why a signal was aborted; without a reason of ours somebody pressed Ctrl-C. */
export function stopReason(signal: AbortSignal): SluiceError | undefined {
  if (!signal.aborted) return undefined;
  if (isSluiceError(signal.reason)) return signal.reason;
  return new SluiceError("interrupted", "the run was cancelled; what was committed stays. Run again to continue.");
}
