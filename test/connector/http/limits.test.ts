import { expect, test } from "vitest";
import { HostLimiter } from "../../../src/connector/http/host-limiter.ts";
import { readAllowance, readRetryAfter } from "../../../src/connector/http/rate-headers.ts";
import { inTurn, startHttpServer, type TestAnswer } from "../../harness/http-server.ts";
import { jumpingClock, startClient, told } from "./client-bench.ts";

const NOW = Date.UTC(2026, 10, 20, 10, 0, 0);
const EPOCH = NOW / 1000;

test.each<[string, Record<string, string>, number, number]>([
  ["epoch seconds", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(EPOCH + 30) }, 0, 30_000],
  ["epoch milliseconds", { "x-ratelimit-remaining": "3", "x-ratelimit-reset": String(NOW + 30_000) }, 3, 30_000],
  ["seconds from now", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" }, 0, 30_000],
  ["a date", { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-20T10:00:30Z" }, 0, 30_000],
  ["three hyphens", { "x-rate-limit-remaining": "0", "x-rate-limit-reset": String(EPOCH + 30) }, 0, 30_000],
  ["the first drafts", { "ratelimit-limit": "10", "ratelimit-remaining": "0", "ratelimit-reset": "5" }, 0, 5_000],
  ["the middle drafts", { ratelimit: "limit=10, remaining=0, reset=5" }, 0, 5_000],
  ["the last drafts", { ratelimit: '"day";r=900;t=3600, "burst";r=0;t=2' }, 0, 2_000],
  [
    "HubSpot",
    { "x-hubspot-ratelimit-remaining": "0", "x-hubspot-ratelimit-interval-milliseconds": "10000" },
    0,
    10_000,
  ],
  ["Trello", { "x-rate-limit-api-token-remaining": "1", "x-rate-limit-api-token-interval-ms": "10000" }, 1, 10_000],
  ["Xero", { "x-minlimit-remaining": "0", "x-daylimit-remaining": "900" }, 0, 60_000],
])("what is left and when more comes is read from headers: %s", (_name, fields, remaining, reset_ms) => {
  expect(readAllowance(fields, NOW)).toEqual({ remaining, reset_ms });
});

test("points in time are meant by the server's clock", () => {
  const date = new Date(NOW - 3_600_000).toUTCString();
  const reset = String(EPOCH - 3600 + 20);
  expect(readAllowance({ date, "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset }, NOW)?.reset_ms).toBe(20_000);
  expect(readRetryAfter({ date, "retry-after": new Date(NOW - 3_590_000).toUTCString() }, NOW)).toBe(10_000);
});

test("headers that say nothing of use are passed over", () => {
  expect(readAllowance({ "x-ratelimit-remaining": "many", "x-ratelimit-reset": "5" }, NOW)).toBeUndefined();
  expect(readAllowance({ "x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon" }, NOW)).toBeUndefined();
  expect(readRetryAfter({ "retry-after": "later" }, NOW)).toBeUndefined();
});

test("when nothing is left, the next request waits for the reset, whichever client sends it", async () => {
  const spent: TestAnswer = { json: {}, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "40" } };
  const fresh: TestAnswer = { json: {}, headers: { "x-ratelimit-remaining": "9", "x-ratelimit-reset": "60" } };
  await using server = await startHttpServer(inTurn(spent, fresh));
  const clock = jumpingClock();
  await using bench = startClient({ baseUrl: server.url, use: { clock } });
  await bench.client.get("/a");
  await bench.another({ baseUrl: server.url }).get("/b");
  await bench.client.get("/c");
  expect(clock.slept).toEqual([40_000]);
  const waits = bench.events.filter((event) => event.kind === "http.rate_limited");
  expect(waits.map(({ data }) => data)).toEqual([
    { method: "GET", url: `${server.url}/b`, attempt: 1, wait_ms: 40_000 },
  ]);
});

test("a reset that is too far away ends it with the time to come back", async () => {
  const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "7200" };
  await using server = await startHttpServer(() => ({ json: {}, headers }));
  const clock = jumpingClock(NOW);
  await using bench = startClient({ baseUrl: server.url, use: { clock } });
  await bench.client.get("/a");
  await expect(bench.client.get("/b")).rejects.toMatchObject({
    code: "source_rate_limited",
    details: { retry_at: "2026-11-20T12:00:00Z" },
  });
  expect(server.requests).toHaveLength(1);
});

test("a 429 waits as long as the server asks, and says so", async () => {
  await using server = await startHttpServer(inTurn({ status: 429, headers: { "retry-after": "3" } }, { json: {} }));
  const clock = jumpingClock();
  await using bench = startClient({ baseUrl: server.url, use: { clock } });
  await bench.client.get("/");
  expect(told(bench.events)).toEqual([
    "http.request.start",
    "http.request.error 429",
    "http.rate_limited 429",
    "http.request.start",
    "http.request.ok 200",
  ]);
  expect(clock.slept).toEqual([3000]);
});

test("a 429 that never ends is an error that may be tried again later", async () => {
  await using server = await startHttpServer(() => ({ status: 429, json: { message: "slow down" } }));
  await using bench = startClient({ baseUrl: server.url, retries: 2, use: { clock: jumpingClock() } });
  await expect(bench.client.get("/")).rejects.toMatchObject({
    code: "source_rate_limited",
    recovery: "retry",
    message: expect.stringMatching(/429 from 127.0.0.1:\d+: "slow down"\..*\(3 attempts\)/),
  });
  expect(server.requests).toHaveLength(3);
});

test("a 403 that is a rate limit by its headers is waited for", async () => {
  const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "30" };
  await using server = await startHttpServer(inTurn({ status: 403, headers }, { json: {} }));
  const clock = jumpingClock();
  await using bench = startClient({ baseUrl: server.url, use: { clock } });
  await bench.client.get("/");
  expect(clock.slept).toEqual([30_000]);
});

test("no more requests are under way at once than a host is allowed", async () => {
  let running = 0;
  let most = 0;
  await using server = await startHttpServer(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
    return { json: {} };
  });
  await using bench = startClient({ baseUrl: server.url, concurrency: 3 });
  const other = bench.another({ baseUrl: server.url, concurrency: 3 });
  await Promise.all(Array.from({ length: 30 }, (_, index) => (index % 2 ? bench.client : other).json("/")));
  expect(most).toBe(3);
});

test("a rate holds in every stretch of time", async () => {
  const clock = jumpingClock(0);
  const limiter = new HostLimiter(1, { requests: 3, per_s: 10 });
  const starts: number[] = [];
  const waiting = { clock, signal: new AbortController().signal, onWait: () => undefined };
  for (let count = 0; count < 10; count++) {
    (await limiter.enter(waiting))();
    starts.push(clock.now());
    await clock.sleep(700);
  }
  for (const start of starts) {
    expect(starts.filter((other) => other >= start && other < start + 10_000).length).toBeLessThanOrEqual(3);
  }
  expect(starts.slice(0, 4)).toEqual([0, 700, 1400, 10_000]);
});

test("who stops waiting in the queue gives its place to the next", async () => {
  const limiter = new HostLimiter(1, undefined);
  const stop = new AbortController();
  const waiting = { clock: jumpingClock(), signal: new AbortController().signal, onWait: () => undefined };
  const leave = await limiter.enter(waiting);
  const second = limiter.enter({ ...waiting, signal: stop.signal });
  const third = limiter.enter(waiting);
  stop.abort(new Error("enough"));
  await expect(second).rejects.toThrow("enough");
  leave();
  leave();
  const leaveThird = await third;
  leaveThird();
  (await limiter.enter(waiting))();
});
