import { formatCount } from "../../../core/count-text.ts";
import { formatDuration, isoTime } from "../../../core/time.ts";
import type { ShelfView, ShelvedRun } from "../../state/run-shelf.ts";
import { lookOf, type Status } from "../../theme/status-look.ts";
import { agoText } from "../../ui/amounts.ts";
import type { Column } from "../../ui/table.tsx";

/** Runs as lists show them. */
export function columnsOf({ details }: ShelfView, now: number): Column<ShelvedRun>[] {
  const read = ({ key }: ShelvedRun) => {
    const known = details.get(key);
    return known === "unreadable" ? undefined : known;
  };
  const statusOf = ({ key }: ShelvedRun): Status | undefined => {
    const known = details.get(key);
    return known === "unreadable" ? "unreadable" : known?.status;
  };
  return [
    { title: "started (UTC)", width: 16, cell: ({ at }) => isoTime(at).slice(0, 16).replace("T", " ") },
    { title: "", width: 10, from: 80, cell: ({ at }) => ({ text: agoText(at, now), tone: "dim" }) },
    { title: "connection", width: "grow", cell: ({ connection }) => connection },
    {
      ...{ title: "status", width: 13 },
      cell: (run) => {
        const status = statusOf(run);
        if (status === undefined) return "";
        const { symbol, word, tone } = lookOf(status);
        return { text: `${symbol} ${word}`, tone };
      },
    },
    {
      ...{ title: "took", width: 11, align: "right", from: 90 },
      cell: (run) => (read(run)?.duration_ms == null ? "" : formatDuration(read(run)?.duration_ms ?? 0)),
    },
    {
      ...{ title: "rows", width: 11, align: "right" },
      cell: (run) => (read(run)?.rows_written == null ? "" : formatCount(read(run)?.rows_written ?? 0)),
    },
    { title: "error", width: 20, from: 110, cell: (run) => ({ text: read(run)?.error?.code ?? "", tone: "bad" }) },
  ];
}
