import { formatCount } from "../../../core/count-text.ts";
import { formatDuration } from "../../../core/time.ts";
import type { ShelfView } from "../../state/run-shelf.ts";
import { lookOf } from "../../theme/status-look.ts";
import { agoText } from "../../ui/amounts.ts";
import type { Cell, Column } from "../../ui/table.tsx";
import type { ConnectionRow } from "./connection-rows.ts";

/** Runs in the strip, the newest on the right. */
export const STRIP_RUNS = 8;

export function connectionColumns(shelf: ShelfView, now: number): Column<ConnectionRow>[] {
  return [
    { title: "connection", width: "grow", cell: ({ name }) => name },
    { title: "type", width: 10, cell: ({ type }) => ({ text: type, tone: "dim" }) },
    { title: "status", width: 13, cell: statusCell },
    { title: "last run", width: 10, cell: ({ runs: [last] }) => (last === undefined ? "" : agoText(last.at, now)) },
    { title: "took", width: 9, align: "right", from: 90, cell: tookText },
    { title: "rows", width: 11, align: "right", from: 64, cell: rowsText },
    { title: "runs", width: STRIP_RUNS, from: 96, cell: (row) => stripOf(row, shelf) },
  ];
}

function statusCell({ status }: ConnectionRow): Cell {
  const { symbol, word, tone } = lookOf(status);
  return { text: `${symbol} ${word}`, tone };
}

function tookText({ lastRun }: ConnectionRow): string {
  return lastRun?.duration_ms == null ? "" : formatDuration(lastRun.duration_ms);
}

function rowsText({ lastRun }: ConnectionRow): string {
  return lastRun?.rows_written == null ? "" : formatCount(lastRun.rows_written);
}

/** The last runs as one symbol each. */
function stripOf({ runs }: ConnectionRow, { details }: ShelfView): readonly Cell[] {
  const shown = runs.slice(0, STRIP_RUNS).reverse();
  return shown.map(({ key }): Cell => {
    const known = details.get(key);
    if (known === undefined) return { text: "·", tone: "dim" };
    const { symbol, tone } = lookOf(known === "unreadable" ? "unreadable" : known.status);
    return { text: symbol, tone };
  });
}
