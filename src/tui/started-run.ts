import { type BuiltinFolders, loadRegistry } from "../connector/registry.ts";
import type { ErrorReport } from "../core/errors.ts";
import { systemClock } from "../core/time.ts";
import { runConnection } from "../runner/run-connection.ts";
import type { RunRequest } from "../runner/run-request.ts";
import { writeFileAtomic } from "../system/atomic-file.ts";
import { openWorkspace } from "../workspace/locate.ts";

/** What a screen asks of the process that it starts. */
export interface StartedRunRequest {
  /** The workspace's folder. */
  workspace: string;
  /** The file that the process writes a `StartedReport` to. */
  report: string;
  request: Omit<RunRequest, "trigger">;
}

/** Written once: the run's id when it has begun, or why it could not begin. */
export interface StartedReport {
  run_id?: string;
  error?: Pick<ErrorReport, "code" | "message">;
}

export interface StartedRunHost {
  env: NodeJS.ProcessEnv;
  version: string;
  connectors: BuiltinFolders;
  interruption(): AbortSignal;
}

/**
 * What a process started by a screen does: one run. The screen may be gone by the time it ends, so that all it has to say
 * stands in the run's log and summary.
 */
export async function startedRun(json: string, host: StartedRunHost): Promise<number> {
  const asked = JSON.parse(json) as StartedRunRequest;
  const workspace = openWorkspace({ workspace: asked.workspace, env: host.env });
  const registry = loadRegistry({ ...host.connectors, workspace: workspace.paths.connectors });
  const deps = { workspace, registry, clock: systemClock, version: host.version };
  let reported: Promise<void> | undefined;
  const report = (content: StartedReport) => {
    // A screen that has gone away in the meantime has taken the folder's purpose with it, not the run's.
    reported ??= writeFileAtomic(asked.report, JSON.stringify(content)).catch(() => {});
  };
  const result = await runConnection(
    deps,
    { ...asked.request, trigger: "tui" },
    {
      signal: host.interruption(),
      // A run whose lock is taken, or whose connection is unknown, ends without an attempt and leaves no log.
      onEvent: (event) => {
        if (event.kind === "attempt.start") report({ run_id: event.run_id });
      },
    },
  );
  if (result.events_path !== null && result.run_id !== null) report({ run_id: result.run_id });
  report({ error: result.error ?? { code: "internal", message: result.report_text } });
  await reported;
  return result.exit_code;
}
