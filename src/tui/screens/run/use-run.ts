import { useEffect, useState } from "react";
import { asSluiceError, type SluiceError } from "../../../core/errors.ts";
import { isRunning } from "../../../runner/run-lock-file.ts";
import { findRun, type ListedRun } from "../../../runs/run-index.ts";
import { type RunSummary, readSummary } from "../../../runs/summary-file.ts";
import { useSession } from "../../session-context.ts";
import { useStore } from "../../state/store.ts";

export type FoundRun =
  | { state: "loading" }
  | { state: "failed"; error: SluiceError }
  /** Without a summary: it goes on, or it died. */
  | { state: "ready"; run: ListedRun; summary: RunSummary | undefined };

/** A run by its id, a beginning of it, or `latest`; read again when runs come, go or end. */
export function useRun(wanted: string): FoundRun {
  const { workspace, runs } = useSession();
  const { live, runs: shelved } = useStore(runs);
  const [found, setFound] = useState<FoundRun>({ state: "loading" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what changed on disk is the reason to read again.
  useEffect(() => {
    let isWanted = true;
    const { runs: summaries, run_logs } = workspace.paths;
    const read = async (): Promise<FoundRun> => {
      const isLive = ({ run_id }: { run_id: string }) => isRunning(workspace, run_id);
      const run = await findRun(summaries, run_logs, wanted, { isLive });
      const summary = run.summary_path === null ? undefined : await readSummary(run.summary_path);
      return { state: "ready", run, summary };
    };
    read()
      .catch((error): FoundRun => ({ state: "failed", error: asSluiceError(error) }))
      .then((next) => {
        if (isWanted) setFound(next);
      });
    return () => {
      isWanted = false;
    };
  }, [workspace, wanted, live, shelved]);
  return found;
}
