import { createWriteStream } from "node:fs";
import { mkdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { logPath } from "../../src/runs/artifact-names.ts";
import { startTerminal } from "../../test/tui/harness/pseudo-terminal.ts";
import { spread } from "../measured-process.ts";
import type { Figure } from "../report.ts";
import { costOfKey, pressAndSee, settled } from "./keys.ts";
import { costOf, peakMb } from "./processor-time.ts";

const LINES = 1_000_000;
const STARTED_AT = Date.parse("2026-01-02T03:04:05.678Z");
const RUN_ID = "019b7cb5-0f4e-7000-8000-000000000001";
const OPENINGS = 5;
const KEYS = 100;
const PAGES = 60;

/** A run that wrote a million events: opened, scrolled, filtered and searched. */
export async function benchLog(root: string): Promise<Figure[]> {
  await writeLog(root);
  const terminal = startTerminal({ cwd: root, columns: 120, rows: 40, args: ["ui", `runs/${RUN_ID}`] });
  await terminal.shows("started ");
  await settled(terminal);
  const openings = await open();
  const opening = await costOf(terminal.pid, () => terminal.shows(`of ${LINES.toLocaleString("en-US")}`));
  await settled(terminal);
  const line = [await scroll("j", KEYS), await scroll("k", KEYS), await scroll("j", KEYS)];
  const page = [await scroll("\u001b[6~", PAGES), await scroll("\u001b[5~", PAGES), await scroll("\u001b[6~", PAGES)];
  terminal.send("G");
  await terminal.shows("following");
  const filter = await search("level:error", /of 10,000\b/);
  const words = await search("page 500099 was", /of 1\b/);
  const peak = await peakMb(terminal.pid);
  await terminal.close();
  return figuresOf({ openings, opening, line, page, filter, words, peak });

  /** How long it takes until the first lines show; the last time it stays open. */
  async function open(): Promise<number[]> {
    const took: number[] = [];
    for (;;) {
      const startedAt = performance.now();
      terminal.send("o");
      await terminal.shows(/▸ .*run\.start|▸ .*stream\.progress/);
      took.push(performance.now() - startedAt);
      if (took.length === OPENINGS) return took;
      terminal.send("q");
      await terminal.shows("started ");
    }
  }

  function scroll(key: string, times: number): Promise<number> {
    return costOfKey(
      terminal,
      Array.from({ length: times }, () => key),
    );
  }

  /** Opens and closes the help while the log is looked through, and times how long each takes to show. */
  async function search(text: string, done: RegExp) {
    terminal.send("/");
    await settled(terminal, 200);
    terminal.send(`\u0015${text}`);
    await settled(terminal, 200);
    const startedAt = performance.now();
    terminal.send("\r");
    const answers: number[] = [];
    while (!done.test(terminal.text()) || terminal.text().includes("% read")) {
      answers.push(await pressAndSee(terminal, "?"));
      await sleep(50);
      answers.push(await pressAndSee(terminal, "\u001b"));
      await sleep(50);
    }
    const took = performance.now() - startedAt;
    await settled(terminal);
    return { answers, took };
  }
}

async function writeLog(root: string): Promise<void> {
  const run = { connection: "connection_000", run_id: RUN_ID, started_at: STARTED_AT };
  const path = logPath(join(root, "run_logs"), run);
  if ((await stat(path).catch(() => undefined))?.isFile()) return;
  await mkdir(dirname(path), { recursive: true });
  const file = createWriteStream(path);
  for (let first = 0; first < LINES; first += 1_000) {
    const text = Array.from({ length: 1_000 }, (_, at) => `${eventAt(first + at)}\n`).join("");
    if (!file.write(text)) await new Promise((resolve) => file.once("drain", () => resolve(undefined)));
  }
  await new Promise((resolve) => file.end(() => resolve(undefined)));
}

/** Mostly progress and requests, as logs are; an error each hundred lines. */
function eventAt(at: number): string {
  const ts = new Date(STARTED_AT + at).toISOString();
  const common = { v: 1, ts, seq: at + 1, run_id: RUN_ID, connection: "connection_000", type: "files" };
  if (at === 0)
    return JSON.stringify({ ...common, kind: "run.start", level: "info", data: { mode: {}, trigger: "cli" } });
  if (at % 100 === 99) {
    const error = { code: "source_http", stage: "read", message: `page ${at} was refused`, cause: [] };
    return JSON.stringify({ ...common, kind: "attempt.error", level: "error", data: { attempt: 1, error } });
  }
  const stream = `stream_${at % 4}`;
  if (at % 2 === 0) {
    const data = { method: "GET", url: `https://example.com/page/${at}`, attempt: 1, status: 200, elapsed_ms: at % 90 };
    return JSON.stringify({ ...common, kind: "http.request.ok", level: "debug", stream, data });
  }
  const data = { rows_read: at * 10, rows_written: at * 9, bytes: at * 700, rows_per_s: 5000 };
  return JSON.stringify({ ...common, kind: "stream.progress", level: "info", stream, data });
}

interface LogCosts {
  openings: readonly number[];
  opening: { cpu_ms: number };
  line: readonly number[];
  page: readonly number[];
  filter: Search;
  words: Search;
  peak: number;
}

interface Search {
  took: number;
  answers: readonly number[];
}

function figuresOf({ openings, opening, line, page, filter, words, peak }: LogCosts): Figure[] {
  return [
    { measure: "log of 1,000,000 events: open", unit: "ms", figures: spread(openings), wanted: { at_most: 300 } },
    { measure: "read through in the background: processor", unit: "ms", figures: spread([opening.cpu_ms]) },
    { measure: "scroll by a line: processor", unit: "ms", figures: spread(line), wanted: { at_most: 10 } },
    { measure: "scroll by a page: processor", unit: "ms", figures: spread(page), wanted: { at_most: 10 } },
    { measure: "filter by level: to the last match", unit: "ms", figures: spread([filter.took]) },
    { measure: "search for words: to the last match", unit: "ms", figures: spread([words.took]) },
    { measure: "a key while it filters", unit: "ms", figures: spread(filter.answers), wanted: { at_most: 100 } },
    { measure: "a key while it searches", unit: "ms", figures: spread(words.answers), wanted: { at_most: 100 } },
    { measure: "resident memory", unit: "MB", figures: spread([peak]), wanted: { at_most: 250 } },
  ];
}
