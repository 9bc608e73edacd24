import { EVENT_VERSION, type EventInput, type EventLevel, type RunEvent } from "./events.ts";
import type { Redactor } from "./redaction.ts";
import { type Clock, isoTime } from "./time.ts";

/** Receives each event once, already redacted, with its JSONL line (no line feed). Must not throw. */
export type EventListener = (event: RunEvent, line: string) => void;

export interface EventStream {
  emit(event: EventInput): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: EventListener): () => void;
  /** How many events have been emitted. */
  readonly count: number;
}

export interface EventStreamIdentity {
  run_id: string;
  connection: string;
  /** The connector's name. */
  type: string;
}

/** The one way by which anything in a run is said: numbers, stamps and redacts events and hands them on in order. */
export function createEventStream(identity: EventStreamIdentity, redactor: Redactor, clock: Clock): EventStream {
  const listeners = new Set<EventListener>();
  let seq = 0;
  return {
    emit(input) {
      seq += 1;
      const stamped = { v: EVENT_VERSION, ts: isoTime(clock.now()), seq, ...identity };
      const { kind, level = levelOf(kind), stream, message, data } = input;
      const said = redactor.value({
        ...(stream === undefined ? {} : { stream }),
        ...(message === undefined ? {} : { message }),
        data,
      });
      const event = { ...stamped, kind, level, ...said } as RunEvent;
      const line = JSON.stringify(event);
      for (const listener of listeners) listener(event, line);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get count() {
      return seq;
    },
  };
}

function levelOf(kind: EventInput["kind"]): EventLevel {
  if (kind.endsWith(".error")) return "error";
  if (kind === "record.rejected" || kind === "http.rate_limited" || kind === "attempt.retrying") return "warn";
  if (kind === "http.request.start" || kind === "http.request.ok") return "debug";
  return "info";
}
