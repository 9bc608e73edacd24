import type { HttpMethod } from "./http-client.ts";

/** Methods that do no more when done twice (RFC 9110, 9.2.2). */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);

/** Statuses that may pass by themselves, each with its reason. */
const PASSING: ReadonlyMap<number, string> = new Map([
  [408, "the server gave up waiting for the request"],
  [425, "the server would not risk a replay"],
  [429, "too many requests"],
  [500, "the server failed"],
  [502, "a gateway got no proper answer"],
  [503, "the server is overloaded or down"],
  [504, "a gateway got no answer in time"],
]);

export interface Backoff {
  backoff_ms: number;
  max_backoff_ms: number;
}

export function isIdempotent(method: HttpMethod): boolean {
  return IDEMPOTENT.has(method);
}

export function isPassing(status: number): boolean {
  return PASSING.has(status);
}

/** The pause behind that attempt (from 1): doubling up to the cap, with its upper half random so that clients spread. */
export function backoffPause(attempt: number, { backoff_ms, max_backoff_ms }: Backoff, random: () => number): number {
  const full = Math.min(max_backoff_ms, backoff_ms * 2 ** (attempt - 1));
  return Math.round(full * (0.5 + random() / 2));
}
