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
  { title: "rows/s", width: 8, align: "right", cell: ({ rows_per_s }) => formatCount(Math.round(rows_per_s)) },
  { title: "bytes", width: 8, align: "right", from: 104, cell: ({ bytes }) => bytesText(bytes) },
  { title: "errors", width: 6, align: "right", from: 70, cell: errorsCell },
  { title: "retries", width: 7, align: "right", from: 132, cell: ({ retries }) => formatCount(retries) },
  { title: "rejected", width: 8, align: "right", from: 142, cell: ({ rejected }) => formatCount(rejected) },
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

function errorsCell({ errors, rejected }: LiveStream): Cell {
  const count = errors + rejected;
  return { text: formatCount(count), tone: count === 0 ? "dim" : "bad" };
}
