import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { followEvents, readEvents } from "../../src/runs/event-reader.ts";
import { eventLine, FINISH, runFolder } from "./run-folder.ts";

async function collect(events: AsyncIterable<RunEvent>): Promise<number[]> {
  const seqs: number[] = [];
  for await (const event of events) seqs.push(event.seq);
  return seqs;
}

test("events come back in order, and a last line without its line feed counts", async () => {
  await using folder = await runFolder();
  const path = join(folder.root, "log.jsonl");
  await writeFile(path, [eventLine(1, "run.start"), eventLine(2, "runtime.event", { a: "é🙂" })].join("\n"));
  expect(await collect(readEvents(path))).toEqual([1, 2]);
});

test("broken lines are passed over and reported by number", async () => {
  await using folder = await runFolder();
  const path = join(folder.root, "log.jsonl");
  const whole = eventLine(3, "run.finish", FINISH);
  await writeFile(path, `${eventLine(1, "run.start")}\n{"v":1,"ki\n42\n\n${whole}\n${whole.slice(0, 20)}`);
  const broken: number[] = [];
  expect(await collect(readEvents(path, { onBroken: (line) => broken.push(line) }))).toEqual([1, 3]);
  expect(broken).toEqual([2, 3, 4, 6]);
});

test("a log that is cut at any byte gives exactly the events that are whole", async () => {
  await using folder = await runFolder();
  const path = join(folder.root, "log.jsonl");
  const lines = [1, 2, 3].map((seq) => eventLine(seq, "runtime.event", { text: "naïve 🙂".repeat(seq) }));
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  const ends = lines.map((_, index) => Buffer.byteLength(lines.slice(0, index + 1).join("\n")));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (cut) => {
      await writeFile(path, bytes.subarray(0, cut));
      expect(await collect(readEvents(path))).toEqual([1, 2, 3].slice(0, ends.filter((end) => end <= cut).length));
    }),
    { numRuns: 60 },
  );
});

test("a log larger than the reader's buffer is read whole", async () => {
  await using folder = await runFolder();
  const path = join(folder.root, "log.jsonl");
  const lines = Array.from({ length: 5000 }, (_, i) =>
    eventLine(i + 1, "runtime.event", { text: "x".repeat(i % 200) }),
  );
  await writeFile(path, `${lines.join("\n")}\n`);
  expect(await collect(readEvents(path))).toEqual(lines.map((_, i) => i + 1));
});

test("only the kinds and the stream asked for are given", async () => {
  await using folder = await runFolder();
  const path = join(folder.root, "log.jsonl");
  const lines = [
    eventLine(1, "stream.start", {}, "a"),
    eventLine(2, "stream.start", {}, "b"),
    eventLine(3, "run.start"),
  ];
  await writeFile(path, lines.join("\n"));
  expect(await collect(readEvents(path, { stream: "b" }))).toEqual([2]);
  expect(await collect(readEvents(path, { kinds: ["run.start"] }))).toEqual([3]);
});

test("following gives what is added, also half a line at a time, until the run finishes", async () => {
  await using folder = await runFolder();
  const path = join(folder.root, "log.jsonl");
  const second = eventLine(2, "runtime.event", { text: "🙂" });
  await writeFile(path, `${eventLine(1, "run.start")}\n`);
  const seen: number[] = [];
  for await (const event of followEvents(path, { kinds: ["run.start", "runtime.event"] })) {
    seen.push(event.seq);
    if (event.seq === 1) {
      await appendFile(path, second.slice(0, 30));
      setTimeout(() => void appendFile(path, `${second.slice(30)}\n${eventLine(3, "run.finish", FINISH)}\n`), 150);
    }
  }
  expect(seen).toEqual([1, 2]);
});

test("following ends when the run has died or the reader has had enough", async () => {
  await using folder = await runFolder();
  const path = join(folder.root, "log.jsonl");
  await writeFile(path, `${eventLine(1, "run.start")}\n`);
  expect(await collect(followEvents(path, { isLive: async () => false }))).toEqual([1]);
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 50);
  expect(await collect(followEvents(path, { signal: stop.signal }))).toEqual([1]);
});
