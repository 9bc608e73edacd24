import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import type { Io } from "../../src/cli/io.ts";
import { createProgress, type ProgressOptions } from "../../src/cli/progress.ts";
import { createEventStream } from "../../src/core/event-stream.ts";
import type { EventInput } from "../../src/core/events.ts";
import { createRedactor } from "../../src/core/redaction.ts";

/** What progress writes when these happen, each `every_ms` after the one before. */
function shown(events: readonly EventInput[], { isTTY = false, every_ms = 100, ...options }: Shown = {}) {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 120 });
  const io = { stderr, env: { TERM: "xterm" } } as unknown as Io;
  const progress = createProgress(io, { tellEnds: false, ...options });
  let now = Date.parse("2026-11-20T10:00:00Z");
  const clock = { now: () => now, sleep: async () => {} };
  const stream = createEventStream({ run_id: "r", connection: "board", type: "api" }, createRedactor(), clock);
  stream.subscribe((event) => progress.event(event));
  for (const event of events) {
    stream.emit(event);
    now += every_ms;
  }
  const written = String(stderr.read() ?? "");
  const pieces = written.split("\r").map((piece) => stripVTControlCharacters(piece));
  return { lines: pieces.join("").split("\n").slice(0, -1), writes: pieces.length, last: pieces.at(-1) };
}

interface Shown extends Partial<ProgressOptions> {
  isTTY?: boolean;
  every_ms?: number;
}

const request = { method: "GET", url: "https://api.test/cards?page=2", attempt: 1 };
const ok: EventInput = {
  ...{ kind: "http.request.ok", stream: "cards" },
  data: { ...request, status: 200, elapsed_ms: 80, items: 100 },
};
const limited: EventInput = {
  ...{ kind: "http.rate_limited", stream: "cards" },
  data: { ...request, status: 429, wait_ms: 30_000 },
};
const refused = (status: number): EventInput => ({
  ...{ kind: "http.request.error", level: "warn", stream: "cards" },
  data: { ...request, status, elapsed_ms: 80, error: "try later" },
});

test("requests have no lines, but a rate in the moving line", () => {
  const start: EventInput = { kind: "http.request.start", stream: "cards", data: request };
  const requests = Array.from({ length: 21 }, () => [start, ok]).flat();
  expect(shown(requests).lines).toEqual([]);
  const rows: EventInput = {
    ...{ kind: "stream.progress", stream: "cards" },
    data: { rows_read: 2100, rows_written: 0, bytes: 0, rows_per_s: 500 },
  };
  const { last, lines } = shown([...requests, rows], { isTTY: true });
  expect(lines).toEqual([]);
  expect(last).toBe("cards: 2,100 rows, 500/s, 21 requests, 5.3/s");
});

test("the moving line is not written for each of a thousand requests", () => {
  const { writes, last } = shown(
    Array.from({ length: 1000 }, () => ok),
    { isTTY: true, every_ms: 1 },
  );
  expect(writes).toBeLessThan(30);
  expect(last).toMatch(/^cards: \d+ requests/);
});

test("a stream that has ended leaves the moving line", () => {
  const counts = { rows_read: 1, rows_written: 1, bytes: 0, rows_per_s: 1 };
  const done = { outcome: "success" as const, inserted: 1, updated: 0, unchanged: 0, deleted: 0, rejected: 0 };
  const finish: EventInput = {
    ...{ kind: "stream.finish", stream: "cards" },
    data: { ...counts, ...done, duration_ms: 5 },
  };
  expect(shown([ok, finish], { isTTY: true }).last).toBe("");
});

test("a limit that is met has a line, and not one for every time", () => {
  const { lines } = shown(Array.from({ length: 150 }, () => [refused(429), limited]).flat());
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/board .*http\.rate_limited +cards +waits 30\.0 s before GET .*page=2 \(429\)$/);
  expect(lines[1]).toMatch(/\(and 49 more like it\)$/);
});

test("a request that is tried again has a line for each kind of trouble", () => {
  const { lines } = shown([refused(503), refused(503), refused(502)]);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain("GET https://api.test/cards?page=2 (503) after 80 ms: try later");
});

test("what a connector says again and again has one line", () => {
  const warning: EventInput = { kind: "runtime.event", level: "warn", message: "an owner is missing", data: {} };
  expect(shown([warning, warning, { ...warning, message: "a page is short" }]).lines).toHaveLength(2);
});

test("--verbose has a line for everything", () => {
  const { lines } = shown([ok, ok, refused(429), limited, limited], { verbose: true });
  expect(lines).toHaveLength(5);
  expect(lines[0]).toMatch(/http\.request\.ok +cards +GET .*page=2 \(200\) in 80 ms, 100 items$/);
});
