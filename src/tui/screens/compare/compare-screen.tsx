import { Box } from "ink";
import { type ReactNode, useEffect, useState } from "react";
import { formatCount } from "../../../core/count-text.ts";
import { asSluiceError } from "../../../core/errors.ts";
import { formatDuration } from "../../../core/time.ts";
import { readRunSummary } from "../../../runner/read-run-summary.ts";
import {
  type ComparedCounts,
  type ComparedStream,
  compareRuns,
  type RunComparison,
} from "../../../runs/compare-runs.ts";
import { cursorMoves } from "../../../runs/cursor-moves.ts";
import type { Action } from "../../keys/action.ts";
import { KeyScope } from "../../keys/key-scope.tsx";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { lookOf } from "../../theme/status-look.ts";
import { Prose, Toned } from "../../theme/toned.tsx";
import { useBodySize } from "../../ui/layout.tsx";
import { ListPart } from "../../ui/list-part.tsx";
import type { Cell, Column } from "../../ui/table.tsx";
import { useSections } from "../../ui/use-sections.tsx";
import { moveColumns, moveId, moveInFull } from "../run/move-columns.ts";

const HEAD_ROWS = 3;
const NAMES_ROWS = 1;

export interface CompareProps {
  /** The ids of two runs, or beginnings of them, the older one first. */
  first: string;
  second: string;
}

/** Two runs beside each other. */
export function CompareScreen({ first, second }: CompareProps): ReactNode {
  const { workspace, redactor } = useSession();
  const [found, setFound] = useState<RunComparison | string>();
  useEffect(() => {
    Promise.all([readRunSummary(workspace, first), readRunSummary(workspace, second)])
      .then(([a, b]) => setFound(compareRuns(a, b)))
      .catch((error) => setFound(redactor.text(asSluiceError(error).message)));
  }, [workspace, redactor, first, second]);
  if (found === undefined) return <Toned tone="dim">reading…</Toned>;
  if (typeof found === "string") return <Prose tone="bad">{found}</Prose>;
  return <Comparison comparison={found} />;
}

function Comparison({ comparison }: { comparison: RunComparison }): ReactNode {
  const session = useSession();
  const { rows } = useBodySize();
  const lines = warningLines(comparison);
  const { streams, state, runs } = comparison;
  const moves = cursorMoves(state);
  const sections = useSections([
    { name: "streams", count: streams.length },
    { name: "state", count: moves.length },
    { name: "warnings", count: lines.length },
  ]);
  const height = rows - HEAD_ROWS - NAMES_ROWS;
  return (
    <KeyScope title="Compare" actions={[...compareActions(session, comparison), ...sections.actions]}>
      <Box flexDirection="column" height={HEAD_ROWS} flexShrink={0} overflow="hidden">
        {runs.map((run, at) => {
          const { symbol, word, tone } = lookOf(run.status);
          const took = `${run.started_at}, ${word} after ${formatDuration(run.duration_ms)}`;
          const tries = run.attempts < 2 ? "" : `, ${run.attempts} attempts`;
          const error = run.error === null ? "" : `, ${run.error}`;
          return (
            <Toned
              key={run.run_id}
              tone={tone}
            >{`${symbol} ${at === 0 ? "first " : "second"} ${took}${tries}${error}`}</Toned>
          );
        })}
        <Toned tone="dim">{`${runs[1].connection}: every change is the second less the first`}</Toned>
      </Box>
      {sections.line}
      {sections.current === "state" ? (
        <ListPart
          {...{ name: "state", rows: moves, height, columns: MOVES, idOf: moveId }}
          inFull={moveInFull}
          empty="The state after both is the same."
        />
      ) : sections.current === "warnings" ? (
        <ListPart
          {...{ name: "warnings", rows: lines, height, columns: WARNINGS, idOf: (line: string) => line }}
          inFull={(line) => line}
          empty="Both warned of the same."
        />
      ) : (
        <ListPart
          {...{ name: "streams", rows: [...streams, totalOf(comparison)], height, columns: STREAMS }}
          idOf={({ stream }: ComparedStream) => stream}
          empty="No stream was loaded."
        />
      )}
    </KeyScope>
  );
}

function compareActions({ router, terminal, notices }: Session, { runs: [first, second] }: RunComparison): Action[] {
  const command = `sluice runs compare ${first.run_id} ${second.run_id}`;
  const open = (id: string, key: string, title: string, run_id: string): Action => ({
    ...{ id, keys: [key], title, help: `Open the ${title}.`, command: `sluice runs show ${run_id}` },
    footer: 80,
    run: () => router.open({ screen: "run", run_id }),
  });
  return [
    open("compare.first", "f", "first run", first.run_id),
    open("compare.second", "s", "second run", second.run_id),
    {
      ...{ id: "compare.copy", keys: ["y"], title: "copy command", footer: 40 },
      help: "Put the command that compares the two on the clipboard.",
      command,
      run: () => {
        if (terminal.copy(command)) notices.say("the command is copied", "good");
      },
    },
  ];
}

function totalOf({ totals }: RunComparison): ComparedStream {
  return { stream: "in total", outcomes: [null, null], ...totals };
}

function warningLines({ warnings: { first, second } }: RunComparison): string[] {
  return [...first.map((text) => `only the first: ${text}`), ...second.map((text) => `only the second: ${text}`)];
}

const STREAMS: readonly Column<ComparedStream>[] = [
  { title: "stream", width: "grow", cell: ({ stream }) => stream },
  { title: "outcome", width: 7, cell: outcomesCell },
  { title: "read", width: 11, align: "right", cell: both("rows_read") },
  { title: "change", width: 10, align: "right", cell: change("rows_read") },
  { title: "written", width: 11, align: "right", from: 88, cell: both("rows_written") },
  { title: "change", width: 10, align: "right", from: 88, cell: change("rows_written") },
  { title: "rejected", width: 8, align: "right", from: 118, cell: change("rejected") },
  { title: "took", width: 10, align: "right", from: 70, cell: both("duration_ms", formatDuration) },
  { title: "change", width: 11, align: "right", cell: change("duration_ms", formatDuration) },
];

const MOVES = moveColumns("after the first", "after the second");

const WARNINGS: readonly Column<string>[] = [{ title: "", width: "grow", cell: (line) => line }];

/** `✓ → ✗`: symbols have words in the heads of the runs. */
function outcomesCell({ outcomes }: ComparedStream): readonly Cell[] {
  if (outcomes.every((outcome) => outcome === null)) return [];
  const [first, second] = outcomes.map((outcome): Cell => {
    const { symbol, tone } = lookOf(outcome === null || outcome === "skipped" ? "never" : outcome);
    return { text: symbol, tone };
  });
  return [first ?? { text: " " }, { text: " → " }, second ?? { text: " " }];
}

/** What the second run came to. */
function both(name: keyof ComparedCounts, format: (value: number) => string = formatCount) {
  return ({ second }: ComparedStream): string => (second === null ? "-" : format(second[name]));
}

function change(name: keyof ComparedCounts, format: (value: number) => string = formatCount) {
  return ({ change: by }: ComparedStream): Cell => {
    const value = by[name];
    if (value === 0) return { text: "=", tone: "dim" };
    return { text: `${value > 0 ? "+" : "-"}${format(Math.abs(value))}`, tone: "accent" };
  };
}
