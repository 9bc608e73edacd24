import { formatCount } from "../core/count-text.ts";
import type { RunEvent } from "../core/events.ts";

/** One second at least, so that the first requests do not look like thousands a second. */
const LEAST_SPAN_MS = 1000;

interface Flow {
  rows: string;
  requests: number;
  /** Of the first request. */
  since: number;
  last: number;
}

/** What each stream that is being read has to show in the moving line. */
export class ProgressFlows {
  readonly #flows = new Map<string, Flow>();

  /** False when the event changes nothing that is shown. */
  follow(event: RunEvent): boolean {
    const { kind, stream } = event;
    const key = stream === undefined ? event.connection : `${event.connection}/${stream}`;
    if (kind === "stream.progress") this.#flow(key).rows = rowsOf(event.data);
    else if (kind === "http.request.ok" || kind === "http.request.error") this.#count(key, Date.parse(event.ts));
    else if (kind === "stream.finish") this.#flows.delete(key);
    else if (kind === "run.finish") this.#forget(event.connection);
    else return false;
    return true;
  }

  get text(): string {
    return [...this.#flows].map(([key, flow]) => `${nameOf(key)}: ${described(flow)}`).join("   ");
  }

  #flow(key: string): Flow {
    const flow = this.#flows.get(key) ?? { rows: "", requests: 0, since: 0, last: 0 };
    this.#flows.set(key, flow);
    return flow;
  }

  #count(key: string, at: number): void {
    const flow = this.#flow(key);
    if (flow.requests === 0) flow.since = at;
    flow.requests += 1;
    flow.last = at;
  }

  #forget(connection: string): void {
    for (const key of this.#flows.keys()) {
      if (key === connection || key.startsWith(`${connection}/`)) this.#flows.delete(key);
    }
  }
}

function rowsOf({ rows_read, rows_per_s }: Extract<RunEvent, { kind: "stream.progress" }>["data"]): string {
  return `${formatCount(rows_read, "row")}, ${formatCount(Math.round(rows_per_s))}/s`;
}

function described({ rows, requests, since, last }: Flow): string {
  if (requests === 0) return rows;
  const per_s = requests / (Math.max(LEAST_SPAN_MS, last - since) / 1000);
  const rate = per_s >= 10 ? formatCount(Math.round(per_s)) : per_s.toFixed(1);
  const said = `${formatCount(requests, "request")}, ${rate}/s`;
  return rows === "" ? said : `${rows}, ${said}`;
}

/** The stream's name, or the connection's where a request belongs to no stream. */
function nameOf(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}
