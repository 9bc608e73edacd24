import { formatCount } from "../core/count-text.ts";
import type { RunEvent } from "../core/events.ts";
import { formatEvent } from "./event-line.ts";
import type { Io } from "./io.ts";
import { styleFor } from "./style.ts";

/** Shows on stderr how runs go on. */
export interface Progress {
  event(event: RunEvent): void;
  /** Takes the moving line away. */
  end(): void;
}

export interface ProgressOptions {
  /** Whether the end of a run is worth a line: not where the report that follows says it at once. */
  tellEnds: boolean;
}

/** On a terminal one line that is written over and over; elsewhere a line for each thing worth knowing. */
export function createProgress(io: Io, { tellEnds }: ProgressOptions): Progress {
  const style = styleFor(io.stderr, io.env);
  const moving = io.stderr.isTTY === true && io.env.TERM !== "dumb";
  const flows = new Map<string, string>();
  const clear = () => {
    if (moving) io.stderr.write("\r\u001b[K");
  };
  return {
    event(event) {
      if (moving) followFlow(flows, event);
      clear();
      const isWorthALine = event.kind === "run.finish" ? tellEnds : isNews(event);
      if (isWorthALine) io.stderr.write(`${style.bold(event.connection)}  ${formatEvent(event, style)}\n`);
      if (moving) io.stderr.write(cut([...flows.values()].join("   "), (io.stderr.columns || 80) - 1));
    },
    end: clear,
  };
}

const NEWS = new Set<RunEvent["kind"]>([
  "stream.finish",
  "attempt.error",
  "attempt.retrying",
  "schema.change",
  "record.rejected",
]);

function isNews(event: RunEvent): boolean {
  if (event.kind === "schema.change") return event.data.change !== "add";
  return NEWS.has(event.kind) || event.level === "warn" || event.level === "error";
}

/** Keeps what each stream that is being read shows in the moving line. */
function followFlow(flows: Map<string, string>, event: RunEvent): void {
  const key = `${event.connection}/${event.stream ?? ""}`;
  if (event.kind === "stream.progress") {
    const { rows_read, rows_per_s } = event.data;
    flows.set(key, `${event.stream ?? ""}: ${formatCount(rows_read, "row")}, ${formatCount(Math.round(rows_per_s))}/s`);
  } else if (event.kind === "stream.finish") flows.delete(key);
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}
