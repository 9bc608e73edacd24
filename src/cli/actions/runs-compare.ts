import { formatCount } from "../../core/count-text.ts";
import { SluiceError } from "../../core/errors.ts";
import { formatDuration } from "../../core/time.ts";
import { isRunning } from "../../runner/run-lock-file.ts";
import { type ComparedFigures, compareRuns, type RunComparison } from "../../runs/compare-runs.ts";
import { findRun } from "../../runs/run-index.ts";
import { type RunSummary, readSummary } from "../../runs/summary-file.ts";
import type { Workspace } from "../../workspace/locate.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { paintStatus } from "../status.ts";
import type { Style } from "../style.ts";
import { formatFields, formatTable } from "../table.ts";

/** Two runs beside each other: what each loaded, how long it took, and where they left the state. */
export async function compareTwoRuns(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const first = await summaryOf(workspace, input.argument("first"));
  const second = await summaryOf(workspace, input.argument("second"));
  const comparison = compareRuns(first, second);
  return { data: comparison, text: textOf(comparison, context.style) };
}

async function summaryOf(workspace: Workspace, wanted: string): Promise<RunSummary> {
  const { runs, run_logs } = workspace.paths;
  const run = await findRun(runs, run_logs, wanted, { isLive: ({ run_id }) => isRunning(workspace, run_id) });
  if (run.summary_path !== null) return readSummary(run.summary_path);
  const why = run.status === "running" ? "it is still going on" : "it died before it wrote one";
  throw new SluiceError("run_unknown", `comparing run ${run.run_id}: it has no summary, ${why}. Take another run.`);
}

function textOf({ runs, totals, streams, state, warnings, schema_changes }: RunComparison, style: Style): string {
  const [a, b] = runs;
  const both = (value: (run: (typeof runs)[0]) => string) => `${value(a)} → ${value(b)}`;
  const heads = formatFields([
    ["runs", both(({ run_id }) => run_id)],
    ["connection", a.connection === b.connection ? a.connection : both(({ connection }) => connection)],
    ["started", both(({ started_at }) => started_at)],
    ["status", both(({ status }) => paintStatus(status, style))],
    ["took", both(({ duration_ms }) => formatDuration(duration_ms))],
    ["attempts", both(({ attempts }) => String(attempts))],
    ["schema changes", `${schema_changes.first.length} → ${schema_changes.second.length}`],
  ]);
  const moved = state.map(
    ({ stream, first, second }) => `  ${stream}: ${JSON.stringify(first)} → ${JSON.stringify(second)}`,
  );
  const said = (title: string, list: readonly string[]) =>
    list.length === 0 ? [] : [[title, ...list.map((warning) => `  ${warning}`)].join("\n")];
  return [
    heads,
    tableOf([...streams, { stream: "in total", outcomes: [null, null], ...totals }]),
    moved.length === 0 ? "The state after both is the same." : ["State after:", ...moved].join("\n"),
    ...said("Only the first warned:", warnings.first),
    ...said("Only the second warned:", warnings.second),
  ].join("\n\n");
}

function tableOf(rows: RunComparison["streams"]): string {
  const titles = ["outcome", "read", "written", "rejected", "took"];
  return formatTable(
    [{ title: "stream" }, ...titles.map((title) => ({ title, align: "right" as const }))],
    rows.map((row) => [
      row.stream,
      row.outcomes.every((outcome) => outcome === null)
        ? ""
        : row.outcomes.map((outcome) => outcome ?? "none").join(" → "),
      both(row, "rows_read"),
      both(row, "rows_written"),
      both(row, "rejected"),
      both(row, "duration_ms", formatDuration),
    ]),
  );
}

function both(
  { first, second }: ComparedFigures,
  name: keyof ComparedFigures["change"],
  format: (value: number) => string = formatCount,
): string {
  return [first, second].map((counts) => (counts === null ? "-" : format(counts[name]))).join(" → ");
}
