import { expect, test } from "vitest";
import { createEventStream } from "../../src/core/event-stream.ts";
import { runEvent } from "../../src/core/events.ts";
import { uuidv7 } from "../../src/core/ids.ts";
import { createRedactor } from "../../src/core/redaction.ts";
import { systemClock } from "../../src/core/time.ts";

function stream(secrets: string[] = []) {
  const identity = { run_id: uuidv7(), connection: "shop", type: "files" };
  return createEventStream(identity, createRedactor(secrets), {
    ...systemClock,
    now: () => Date.UTC(2026, 10, 20, 10),
  });
}

test("events are numbered without gaps and read back as what they were", () => {
  const events = stream();
  const lines: string[] = [];
  events.subscribe((_, line) => lines.push(line));
  events.emit({ kind: "runtime.event", message: "hello", data: { n: 1 } });
  events.emit({
    kind: "checkpoint.commit",
    stream: "orders",
    data: { rows: 1, cursor_before: null, cursor_after: "a", duration_ms: 2 },
  });
  const read = lines.map((line) => runEvent.parse(JSON.parse(line)));
  expect(read.map((event) => event.seq)).toEqual([1, 2]);
  expect(read[1]).toMatchObject({
    v: 1,
    ts: "2026-11-20T10:00:00.000Z",
    kind: "checkpoint.commit",
    stream: "orders",
    level: "info",
  });
});

test("secrets are out of an event before anybody sees it", () => {
  const events = stream(["hunter2!"]);
  const seen: string[] = [];
  events.subscribe((event, line) => seen.push(JSON.stringify(event), line));
  events.emit({ kind: "runtime.event", message: "token hunter2!", data: { deep: ["hunter2!"] } });
  expect(seen.join()).not.toContain("hunter2!");
});

test("a subscription ends when it is ended", () => {
  const events = stream();
  let seen = 0;
  const end = events.subscribe(() => seen++);
  events.emit({ kind: "runtime.event", data: {} });
  end();
  events.emit({ kind: "runtime.event", data: {} });
  expect([seen, events.count]).toEqual([1, 2]);
});
