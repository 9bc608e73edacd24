/** Header fields of an answer: names in lower case. */
export type FieldMap = Readonly<Record<string, string | string[] | undefined>>;

/** How much a server still allows, and when it allows more (milliseconds from now). */
export interface Allowance {
  remaining: number;
  reset_ms: number;
}

interface AllowanceFields {
  remaining: string;
  /** Epoch seconds, epoch milliseconds, seconds from now, or a date. */
  reset?: string;
  /** The length of the window in milliseconds: until its end is the longest it can take. */
  interval?: string;
  /** The length of the window where no field tells it. */
  window_ms?: number;
}

/** In use: GitHub, GitLab, Intercom, Calendly, Jira, Notion … share the first three; the others are one vendor's own. */
const FIELDS: readonly AllowanceFields[] = [
  { remaining: "x-ratelimit-remaining", reset: "x-ratelimit-reset" },
  { remaining: "x-rate-limit-remaining", reset: "x-rate-limit-reset" },
  { remaining: "ratelimit-remaining", reset: "ratelimit-reset" },
  { remaining: "x-ratelimit-remaining", reset: "x-ratelimit-reset-after" },
  // Xero: calls of the running minute.
  { remaining: "x-minlimit-remaining", window_ms: 60_000 },
  // HubSpot; the first is a window of ten seconds, the second is on its older plans.
  { remaining: "x-hubspot-ratelimit-remaining", interval: "x-hubspot-ratelimit-interval-milliseconds" },
  { remaining: "x-hubspot-ratelimit-secondly-remaining", window_ms: 1_000 },
  // Trello counts per token and per key.
  { remaining: "x-rate-limit-api-token-remaining", interval: "x-rate-limit-api-token-interval-ms" },
  { remaining: "x-rate-limit-api-key-remaining", interval: "x-rate-limit-api-key-interval-ms" },
];

/** Numbers from here on are points in time: seconds since the epoch in 2001, milliseconds from a thousand times that. */
const EPOCH_SECONDS = 1_000_000_000;
const EPOCH_MS = 1_000_000_000_000;

/** What the answer's fields say about the limit that is closest; undefined when they say nothing. */
export function readAllowance(fields: FieldMap, now: number): Allowance | undefined {
  const found = [...ownFields(fields, now), ...draftField(fields["ratelimit"])];
  return found.sort((a, b) => a.remaining - b.remaining || b.reset_ms - a.reset_ms)[0];
}

function ownFields(fields: FieldMap, now: number): Allowance[] {
  const found: Allowance[] = [];
  for (const { remaining, reset, interval, window_ms } of FIELDS) {
    const left = number(fields[remaining]);
    if (left === undefined) continue;
    const ms =
      reset === undefined ? (number(interval && fields[interval]) ?? window_ms) : resetTime(fields[reset], fields, now);
    if (ms !== undefined) found.push({ remaining: left, reset_ms: ms });
  }
  return found;
}

/** `limit=100, remaining=0, reset=5` of the draft until 07; `"burst";r=0;t=5, "day";r=900;t=3600` of the later ones. */
function draftField(field: string | string[] | undefined): Allowance[] {
  if (field === undefined) return [];
  const text = String(field);
  const policies = /(?:^|[;\s])r=/.test(text) ? text.split(",") : [text];
  return policies.flatMap((policy) => {
    const remaining = /(?:^|[;,\s])(?:r|remaining)=(\d+)/.exec(policy)?.[1];
    const reset = /(?:^|[;,\s])(?:t|reset)=(\d+)/.exec(policy)?.[1];
    return remaining === undefined || reset === undefined
      ? []
      : [{ remaining: Number(remaining), reset_ms: Number(reset) * 1000 }];
  });
}

function resetTime(field: string | string[] | undefined, fields: FieldMap, now: number): number | undefined {
  if (field === undefined) return undefined;
  const value = number(field);
  if (value === undefined) return untilDate(String(field), fields, now);
  if (value >= EPOCH_MS) return Math.max(0, value - serverTime(fields, now));
  if (value >= EPOCH_SECONDS) return Math.max(0, value * 1000 - serverTime(fields, now));
  return value * 1000;
}

/** How long the answer asks to wait (`Retry-After` in both forms, `retry-after-ms`); undefined when it does not. */
export function readRetryAfter(fields: FieldMap, now: number): number | undefined {
  const ms = number(fields["retry-after-ms"]);
  if (ms !== undefined) return ms;
  const field = fields["retry-after"] ?? fields["x-ratelimit-retry-after"] ?? fields["x-rate-limit-retry-after"];
  if (field === undefined) return undefined;
  const seconds = number(field);
  return seconds === undefined ? untilDate(String(field), fields, now) : seconds * 1000;
}

function untilDate(text: string, fields: FieldMap, now: number): number | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - serverTime(fields, now));
}

/** The server's own time: points in time are meant by its clock, which may differ from ours. */
function serverTime(fields: FieldMap, now: number): number {
  const date = Date.parse(String(fields["date"]));
  return Number.isNaN(date) ? now : date;
}

function number(field: string | string[] | undefined): number | undefined {
  if (field === undefined) return undefined;
  const text = String(Array.isArray(field) ? field[0] : field).trim();
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
}
