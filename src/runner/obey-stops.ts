import { SluiceError } from "../core/errors.ts";
import type { RunContext } from "./run-context.ts";
import { type StopAnswer, StopInbox, type StopRequest } from "./stop-requests.ts";

/** Obeys requests to stop for as long as the run goes on. */
export function listenForStops(run: RunContext): Promise<StopInbox> {
  return StopInbox.open(run.deps.workspace, run.run_id, (request) => obey(run, request));
}

function obey(run: RunContext, { streams, by }: StopRequest): StopAnswer {
  const { events, stop, stops } = run;
  if (streams === null) {
    events.emit({ kind: "stop.requested", level: "warn", message: `the run is stopped by ${by}`, data: { by } });
    const message = `the run was stopped by ${by}; what was committed stays. Run again to continue.`;
    stop.now(new SluiceError("interrupted", message));
    return { stopping: [...stops.planned], over: [], unknown: [], streams: [...stops.planned] };
  }
  const answer = sortOut(run, [...new Set(streams)]);
  for (const stream of answer.stopping) {
    const message = `${stream} is stopped by ${by}`;
    events.emit({ kind: "stop.requested", level: "warn", stream, message, data: { by } });
    stops.stop(stream, by);
  }
  return answer;
}

/** Before the run knows its streams every name may be one of them. */
function sortOut({ stops, tally }: RunContext, streams: readonly string[]): StopAnswer {
  const { planned } = stops;
  const isKnown = (stream: string) => planned.length === 0 || planned.includes(stream);
  const isOver = (stream: string) => isKnown(stream) && !tally.isWorthAnotherTry(stream);
  return {
    stopping: streams.filter((stream) => isKnown(stream) && !isOver(stream)),
    over: streams.filter(isOver),
    unknown: streams.filter((stream) => !isKnown(stream)),
    streams: [...planned],
  };
}
