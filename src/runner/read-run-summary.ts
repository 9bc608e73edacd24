import { SluiceError } from "../core/errors.ts";
import { findRun } from "../runs/run-index.ts";
import { type RunSummary, readSummary } from "../runs/summary-file.ts";
import type { Workspace } from "../workspace/locate.ts";
import { isRunning } from "./run-lock-file.ts";

/** The summary of a run by its id, a beginning of it, or `latest`. Throws `run_unknown` for one that has none. */
export async function readRunSummary(workspace: Workspace, wanted: string): Promise<RunSummary> {
  const { runs, run_logs } = workspace.paths;
  const run = await findRun(runs, run_logs, wanted, { isLive: ({ run_id }) => isRunning(workspace, run_id) });
  if (run.summary_path !== null) return readSummary(run.summary_path);
  const why = run.status === "running" ? "it is still going on" : "it died before it wrote one";
  throw new SluiceError("run_unknown", `comparing run ${run.run_id}: it has no summary, ${why}. Take another run.`);
}
