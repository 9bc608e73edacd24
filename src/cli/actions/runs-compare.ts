import { formatCount } from "../../core/count-text.ts";
import { formatDuration } from "../../core/time.ts";
import { readRunSummary } from "../../runner/read-run-summary.ts";
import { type ComparedFigures, compareRuns, type RunComparison } from "../../runs/compare-runs.ts";
import { cursorMoves, cursorValueText } from "../../runs/cursor-moves.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { paintStatus } from "../status.ts";
import type { Style } from "../style.ts";
import { formatFields, formatTable } from "../table.ts";

/** Two runs beside each other: what each loaded, how long it took, and where they left the state. */
export async function compareTwoRuns(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const first = await readRunSummary(workspace, input.argument("first"));
  const second = await readRunSummary(workspace, input.argument("second"));
  const comparison = compareRuns(first, second);
  return { data: comparison, text: textOf(comparison, context.style) };
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
  const moved = cursorMoves(state).map(
    ({ stream, place, first, second }) =>
      `  ${stream}${place === "" ? "" : ` ${place}`}: ${cursorValueText(first)} → ${cursorValueText(second)}`,
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
