import { ConnectorScope } from "../connector/connector-scope.ts";
import { createEventStream, type EventStream } from "../core/event-stream.ts";
import type { RunEvent } from "../core/events.ts";
import { uuidv7 } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";
import type { Redactor } from "../core/redaction.ts";
import { RunArtifacts } from "./run-artifacts.ts";
import type { RunnerDeps, RunOptions, RunRequest } from "./run-request.ts";
import type { RunStop } from "./run-stop.ts";
import { RunTally } from "./run-tally.ts";
import { StreamStops } from "./stream-stops.ts";

/** What the parts of one run share. */
export interface RunContext {
  run_id: string;
  /** Milliseconds since the Unix epoch. The run's id begins with it. */
  started_at: number;
  /** The connector's name. */
  type: string;
  request: RunRequest;
  deps: RunnerDeps;
  redactor: Redactor;
  events: EventStream;
  artifacts: RunArtifacts;
  tally: RunTally;
  /** What the connector holds open until the run is over. */
  scope: ConnectorScope;
  stop: RunStop;
  /** Aborts when the run is cancelled or out of time: that of `stop`. */
  signal: AbortSignal;
  stops: StreamStops;
  ready: (() => Promise<void>) | undefined;
  /** Says in the log, the summary and the report what does not stop the run. */
  warn(message: string, data?: JsonObject): void;
}

export interface RunSetting {
  deps: RunnerDeps;
  request: RunRequest;
  options: RunOptions;
  redactor: Redactor;
  type: string;
  stop: RunStop;
}

export function createRunContext({ deps, request, options, redactor, type, stop }: RunSetting): RunContext {
  const started_at = deps.clock.now();
  const run_id = uuidv7(started_at);
  const events = createEventStream({ run_id, connection: request.connection, type }, redactor, deps.clock);
  const tally = new RunTally();
  if (options.onEvent !== undefined) events.subscribe(options.onEvent);
  const artifacts = new RunArtifacts(deps.workspace.paths, { connection: request.connection, run_id, started_at });
  events.subscribe((event, line) => artifacts.take(event, line));
  events.subscribe((event) => noteWarning(tally, event));
  return {
    ...{ run_id, started_at, type, request, deps, redactor, events, artifacts, tally, stop },
    signal: stop.signal,
    stops: new StreamStops(),
    scope: new ConnectorScope({ env: deps.workspace.env }),
    ready: options.ready,
    warn(message, data = {}) {
      events.emit({ kind: "runtime.event", level: "warn", message, data });
    },
  };
}

/** Whoever gives the warning, a connector or the run itself. */
function noteWarning({ warnings }: RunTally, { kind, level, stream, message }: RunEvent): void {
  if (kind !== "runtime.event" || (level !== "warn" && level !== "error") || message === undefined) return;
  warnings.add(stream === undefined ? message : `${stream}: ${message}`);
}
