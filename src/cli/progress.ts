import type { RunEvent } from "../core/events.ts";
import { formatEvent } from "./event-line.ts";
import type { Io } from "./io.ts";
import { ProgressFlows } from "./progress-flows.ts";
import { ProgressNews } from "./progress-news.ts";
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
  /** A line for everything that happens. */
  verbose?: boolean;
}

/** The moving line is written again at most this often: requests can come by the thousand. */
const REDRAW_MS = 100;

/** On a terminal one line that is written over and over; elsewhere a line for each thing worth knowing. */
export function createProgress(io: Io, { tellEnds, verbose = false }: ProgressOptions): Progress {
  const style = styleFor(io.stderr, io.env);
  const moving = io.stderr.isTTY === true && io.env.TERM !== "dumb";
  const flows = new ProgressFlows();
  const news = new ProgressNews();
  let drawn_at = Number.NEGATIVE_INFINITY;
  const clear = moving ? "\r\u001b[K" : "";
  const lineOf = (event: RunEvent): string => {
    if (event.kind === "run.finish" && !tellEnds && !verbose) return "";
    const unsaid = event.kind === "run.finish" || verbose ? 0 : news.take(event);
    if (unsaid === undefined) return "";
    const more = unsaid === 0 ? "" : style.dim(`  (and ${unsaid} more like it)`);
    return `${style.bold(event.connection)}  ${formatEvent(event, style)}${more}\n`;
  };
  return {
    event(event) {
      const hasMoved = flows.follow(event);
      const line = lineOf(event);
      if (line !== "") io.stderr.write(`${clear}${line}`);
      const at = Date.parse(event.ts);
      if (!moving || (line === "" && !(hasMoved && at - drawn_at >= REDRAW_MS))) return;
      drawn_at = at;
      io.stderr.write(`${clear}${cut(flows.text, (io.stderr.columns || 80) - 1)}`);
    },
    end: () => void io.stderr.write(clear),
  };
}

function cut(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text;
}
