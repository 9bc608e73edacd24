import { formatCount } from "../../../core/count-text.ts";
import type { LiveStream } from "../../state/live-run.ts";
import { lookOf } from "../../theme/status-look.ts";
import { bytesText, sparkLine } from "../../ui/amounts.ts";
import type { Cell, Column } from "../../ui/table.tsx";

const SPARK_WIDTH = 12;

export const LIVE_COLUMNS: readonly Column<LiveStream>[] = [
  { title: "stream", width: "grow", cell: ({ name }) => name },
  { title: "state", width: 11, cell: stateCell },
  { title: "read", width: 11, align: "right", from: 92, cell: ({ rows_read }) => formatCount(rows_read) },
  { title: "written", width: 11, align: "right", cell: ({ rows_written }) => formatCount(rows_written) },
  { title: "rows/s", width: 8, align: "right", cell: speedCell },
  { title: "bytes", width: 8, align: "right", from: 104, cell: ({ bytes }) => bytesText(bytes) },
  { title: "errors", width: 6, align: "right", from: 70, cell: countCell(({ errors }) => errors) },
  { title: "rejected", width: 8, align: "right", from: 90, cell: countCell(({ rejected }) => rejected) },
  { title: "retries", width: 7, align: "right", from: 132, cell: ({ retries }) => formatCount(retries) },
  { title: "waits for", width: 11, from: 118, cell: ({ waits_for }) => ({ text: waits_for ?? "", tone: "dim" }) },
  {
    ...{ title: "lately", width: SPARK_WIDTH, from: 80 },
    cell: ({ rates }) => ({ text: sparkLine(rates, SPARK_WIDTH), tone: "live" }),
  },
];

function stateCell({ state }: LiveStream): Cell {
  const { symbol, tone } = state === "stopping" ? lookOf("cancelled") : lookOf(state === "skipped" ? "never" : state);
  return { text: `${symbol} ${state}`, tone };
}

/** What is over is not read any more. */
function speedCell(stream: LiveStream): string {
  return isGoingOn(stream) ? formatCount(Math.round(stream.rows_per_s)) : "";
}

export function isGoingOn({ state }: LiveStream): boolean {
  return state === "running" || state === "stopping";
}

function countCell(count: (stream: LiveStream) => number) {
  return (stream: LiveStream): Cell => {
    const value = count(stream);
    return { text: formatCount(value), tone: value === 0 ? "dim" : "bad" };
  };
}
