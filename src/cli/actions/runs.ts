import { formatCount } from "../../core/count-text.ts";
import { formatDuration } from "../../core/time.ts";
import { isRunning } from "../../runner/run-lock-file.ts";
import { type ListedRun, type ListRunsOptions, listRuns } from "../../runs/run-index.ts";
import { readSummary } from "../../runs/summary-file.ts";
import { readConfig } from "../../workspace/config-file.ts";
import { unknownConnection } from "../../workspace/connection-unknown.ts";
import type { Workspace } from "../../workspace/locate.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { paintStatus } from "../status.ts";
import { formatFields, formatTable } from "../table.ts";
import { findNamedRun } from "./named-run.ts";

const LISTED_BY_DEFAULT = 20;

export async function listPastRuns(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const status = input.text("status") as ListedRun["status"] | undefined;
  const runs = await listRuns(workspace.paths.runs, workspace.paths.run_logs, {
    ...chosen(workspace, input),
    ...(status === undefined ? {} : { status }),
    limit: input.count("limit") ?? LISTED_BY_DEFAULT,
  });
  return { data: { runs }, text: runs.length === 0 ? await whyNone(workspace, input) : tableOf(runs, context) };
}

/** Throws when there is no such connection, nor was one that has run. */
async function whyNone(workspace: Workspace, input: CommandInput): Promise<string> {
  const { runs, run_logs } = workspace.paths;
  const connection = input.text("connection");
  if (connection !== undefined) {
    const names = (await readConfig(workspace)).connections.map(({ name }) => name);
    const hasRun = (await listRuns(runs, run_logs, { connection, limit: 1 })).length > 0;
    if (!hasRun && !names.includes(connection)) throw unknownConnection(workspace, connection, names);
  }
  return (await listRuns(runs, run_logs, { limit: 1 })).length === 0 ? "No runs yet." : "No run matches.";
}

export async function showRun(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const run = await chosenRun(workspace, input);
  const summary = run.summary_path === null ? undefined : await readSummary(run.summary_path);
  const fields = formatFields([
    ["run", run.run_id],
    ["connection", run.connection],
    ["status", paintStatus(run.status, context.style)],
    ["started", run.started_at],
    ["took", run.duration_ms === null ? "" : formatDuration(run.duration_ms)],
    ["attempts", String(run.attempts ?? "")],
    ["error", run.error?.message ?? ""],
    ["log", run.events_path ?? ""],
    ["summary", run.summary_path ?? ""],
  ]);
  return { data: summary ?? run, text: summary === undefined ? fields : `${fields}\n\n${summary.report}` };
}

/** The run that the command line means: its id, the beginning of it, or the latest. */
export function chosenRun(workspace: Workspace, input: CommandInput): Promise<ListedRun> {
  return findNamedRun(workspace, input.optionalArgument("run") ?? "latest", chosen(workspace, input));
}

function chosen(workspace: Workspace, input: CommandInput): Pick<ListRunsOptions, "connection" | "isLive"> {
  const connection = input.text("connection");
  const isLive = ({ run_id }: { run_id: string }) => isRunning(workspace, run_id);
  return { isLive, ...(connection === undefined ? {} : { connection }) };
}

function tableOf(runs: readonly ListedRun[], { style }: CommandContext): string {
  const rows = runs.map((run) => [
    run.run_id,
    run.connection,
    paintStatus(run.status, style),
    run.started_at.replace(/\.\d+Z$/, "Z"),
    run.duration_ms === null ? "" : formatDuration(run.duration_ms),
    run.rows_written === null ? "" : formatCount(run.rows_written),
    run.error === null ? "" : run.error.code,
  ]);
  return formatTable(
    [
      { title: "run" },
      { title: "connection" },
      { title: "status" },
      { title: "started" },
      { title: "took", align: "right" },
      { title: "rows", align: "right" },
      { title: "error" },
    ],
    rows,
  );
}
