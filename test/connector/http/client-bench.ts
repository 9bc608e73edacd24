import type {
  HttpClient,
  HttpClientOptions,
  HttpEvent,
  HttpSessionOptions,
  HttpUse,
} from "../../../src/connector/http/http-client.ts";
import { createHttpSession } from "../../../src/connector/http/http-session.ts";
import { type Clock, systemClock } from "../../../src/core/time.ts";

/** A clock that passes over every pause at once and keeps a list of them. */
export interface JumpingClock extends Clock {
  slept: number[];
}

export function jumpingClock(start = Date.now()): JumpingClock {
  const slept: number[] = [];
  let now = start;
  return {
    slept,
    now: () => now,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      slept.push(Math.round(ms));
      now += ms;
    },
  };
}

export interface Bench extends AsyncDisposable {
  client: HttpClient;
  events: HttpEvent[];
  /** Further clients of the same session. */
  another(options: HttpClientOptions): HttpClient;
}

export type BenchOptions = HttpClientOptions & {
  session?: HttpSessionOptions;
  use?: Partial<HttpUse>;
};

/** A client and what it says. Pauses are random in real life: here they are at their longest. */
export function startClient({ session = {}, use = {}, ...options }: BenchOptions): Bench {
  const events: HttpEvent[] = [];
  const given: HttpUse = {
    signal: new AbortController().signal,
    emit: (event) => events.push(event),
    log: () => undefined,
    clock: systemClock,
    random: () => 1,
    connection: "team_board",
    ...use,
  };
  const opened = createHttpSession(session);
  return {
    client: opened.client(options, given),
    events,
    another: (other) => opened.client(other, given),
    [Symbol.asyncDispose]: () => opened.close(),
  };
}

/** `kind status` of each event. */
export function told(events: readonly HttpEvent[]): string[] {
  return events.map(({ kind, data }) => ("status" in data ? `${kind} ${data.status}` : kind));
}
