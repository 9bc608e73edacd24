import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { LogLines } from "../../src/runs/log-lines.ts";

const never = new AbortController().signal;

async function logOf(text: string, wanted?: (line: string) => boolean) {
  const folder = await mkdtemp(join(tmpdir(), "sluice-log-"));
  const path = join(folder, "log.jsonl");
  await writeFile(path, text);
  const lines = await LogLines.open(path, wanted);
  onTestFinished(async () => {
    await lines.close();
    await rm(folder, { recursive: true });
  });
  return { lines, path, scan: () => lines.scan(never, () => {}) };
}

const numbered = (count: number) =>
  Array.from({ length: count }, (_, at) => `line ${at} ${"x".repeat(at % 40)}\n`).join("");
const textsOf = (lines: readonly { text: string }[]) => lines.map(({ text }) => text.split(" x")[0]);

test("reads any window of a file that is larger than what is looked at in one turn", async () => {
  const { lines, scan } = await logOf(numbered(60_000));
  await scan();
  expect(lines.count).toBe(60_000);
  expect(lines.progress).toBe(1);
  for (const first of [0, 63, 64, 31_999, 59_998]) {
    const wanted = Array.from({ length: Math.min(3, 60_000 - first) }, (_, at) => `line ${first + at}`);
    expect(textsOf(await lines.read(first, 3)).map((text) => text?.trim())).toEqual(wanted);
  }
});

test("knows the number of a line by its offset", async () => {
  const { lines, scan } = await logOf(numbered(1_000));
  await scan();
  const [line] = await lines.read(777, 1);
  expect(await lines.numberOf(line?.offset ?? -1)).toBe(777);
});

test("leaves a line without an end until it is whole", async () => {
  const { lines, path, scan } = await logOf("one\ntw");
  await scan();
  expect(lines.count).toBe(1);
  await appendFile(path, "o\nthree\n");
  await scan();
  expect(textsOf(await lines.read(0, 9))).toEqual(["one", "two", "three"]);
});

test("has only lines that are wanted, and finds the next one around another", async () => {
  const { lines, scan } = await logOf(numbered(30_000), (line) => /^line \d+00 /.test(line));
  await scan();
  expect(lines.count).toBe(299);
  const [first] = await lines.read(0, 1);
  expect(first?.text).toMatch(/^line 100 /);
  expect(await lines.numberFrom((first?.offset ?? 0) + 1)).toBe(1);
});

test("finds the next and the last line that passes, over thousands of others", async () => {
  const { lines, scan } = await logOf(numbered(5_000));
  await scan();
  const is = (number: number) => (line: string) => line.startsWith(`line ${number} `);
  expect(await lines.find(3, 1, is(4_321))).toBe(4_321);
  expect(await lines.find(4_999, -1, is(12))).toBe(12);
  expect(await lines.find(4_322, 1, is(4_321))).toBeUndefined();
});

test("takes a line that is longer than a piece", async () => {
  const { lines, scan } = await logOf(`short\n${"y".repeat(1_500_000)}\nend\n`);
  await scan();
  expect((await lines.read(0, 3)).map(({ text }) => text.length)).toEqual([5, 1_500_000, 3]);
});
