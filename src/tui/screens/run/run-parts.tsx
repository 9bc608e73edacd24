import type { ReactNode } from "react";
import { formatCount } from "../../../core/count-text.ts";
import { formatDuration } from "../../../core/time.ts";
import { compareState } from "../../../runs/compare-runs.ts";
import { type CursorMove, cursorMoves } from "../../../runs/cursor-moves.ts";
import type { RunSummary } from "../../../runs/summary-file.ts";
import { lookOf } from "../../theme/status-look.ts";
import { bytesText } from "../../ui/amounts.ts";
import { ListPart } from "../../ui/list-part.tsx";
import type { Column } from "../../ui/table.tsx";
import type { Section } from "../../ui/use-sections.tsx";
import { moveColumns, moveId, moveInFull } from "./move-columns.ts";

type StreamRow = RunSummary["stats"][string] & { name: string };
type ChangeRow = RunSummary["schema_changes"][number] & { id: string };

/** What there is to see of a run, each in a part of its own. */
export function runSections(summary: RunSummary | undefined): Section[] {
  return [
    { name: "streams", count: Object.keys(summary?.stats ?? {}).length },
    { name: "state", count: movedState(summary).length },
    { name: "schema changes", count: summary?.schema_changes.length ?? 0 },
    { name: "warnings", count: summary?.warnings.length ?? 0 },
  ];
}

export function RunPart({ name, summary, height }: { name: string; summary: RunSummary; height: number }): ReactNode {
  switch (name) {
    case "state":
      return (
        <ListPart
          {...{ name, height, rows: movedState(summary), idOf: moveId, columns: moveColumns("- before", "+ after") }}
          inFull={moveInFull}
          empty="No cursor was moved."
        />
      );
    case "schema changes":
      return (
        <ListPart
          {...{ name, height, columns: CHANGES, idOf: ({ id }: ChangeRow) => id }}
          rows={summary.schema_changes.map((change, at) => ({ ...change, id: String(at) }))}
          empty="No column was added, widened or kept out."
        />
      );
    case "warnings":
      return (
        <ListPart
          {...{ name, height, rows: summary.warnings, idOf: (warning: string) => warning, columns: WARNINGS }}
          inFull={(warning) => warning}
          empty="Nothing was warned of."
        />
      );
    default:
      return (
        <ListPart
          {...{ name, height, columns: STREAMS, idOf: (row: StreamRow) => row.name }}
          rows={Object.entries(summary.stats).map(([stream, stats]): StreamRow => ({ name: stream, ...stats }))}
          empty="No stream was begun."
        />
      );
  }
}

function movedState(summary: RunSummary | undefined): CursorMove[] {
  return summary === undefined ? [] : cursorMoves(compareState(summary.state_before, summary.state));
}

const STREAMS: readonly Column<StreamRow>[] = [
  { title: "stream", width: "grow", cell: ({ name }) => name },
  {
    title: "outcome",
    width: 11,
    cell: ({ outcome }) => {
      const { symbol, tone } = lookOf(outcome === "skipped" ? "never" : outcome);
      return { text: `${symbol} ${outcome}`, tone };
    },
  },
  { title: "read", width: 11, align: "right", cell: ({ rows_read }) => formatCount(rows_read) },
  { title: "inserted", width: 11, align: "right", cell: ({ inserted }) => formatCount(inserted) },
  { title: "updated", width: 9, align: "right", from: 80, cell: ({ updated }) => formatCount(updated) },
  { title: "rejected", width: 8, align: "right", from: 70, cell: ({ rejected }) => formatCount(rejected) },
  { title: "bytes", width: 9, align: "right", from: 100, cell: ({ bytes }) => bytesText(bytes) },
  { title: "took", width: 10, align: "right", from: 110, cell: ({ duration_ms }) => formatDuration(duration_ms) },
];

const CHANGES: readonly Column<ChangeRow>[] = [
  { title: "stream", width: 16, cell: ({ stream }) => stream },
  { title: "column", width: "grow", cell: ({ column }) => column },
  {
    ...{ title: "change", width: 8 },
    cell: ({ change }) => ({ text: change, tone: change === "reject" ? "warn" : "plain" }),
  },
  { title: "from", width: 14, from: 76, cell: ({ from }) => ({ text: from ?? "none", tone: "dim" }) },
  { title: "to", width: 14, cell: ({ to }) => to ?? "none" },
];

const WARNINGS: readonly Column<string>[] = [{ title: "", width: "grow", cell: (warning) => warning }];
