import { setTimeout as sleep } from "node:timers/promises";
import { startTerminal, type Terminal } from "../../test/tui/harness/pseudo-terminal.ts";
import { spread } from "../measured-process.ts";
import type { Figure } from "../report.ts";
import { costOfKey, settled } from "./keys.ts";
import { costOf, processorMs } from "./processor-time.ts";

const SIZE = { columns: 120, rows: 40 };
const STARTS = 10;
const POLL_MS = 2;

/** From the shell's point of view: until the first picture, and until the connections stand in it. */
export async function benchStarts(root: string): Promise<Figure[]> {
  const paint: number[] = [];
  const listed: number[] = [];
  const cpu: number[] = [];
  for (let at = 0; at <= STARTS; at++) {
    const startedAt = performance.now();
    const terminal = startTerminal({ cwd: root, ...SIZE });
    while (!terminal.text().includes("sluice › ")) await sleep(POLL_MS);
    const painted = performance.now() - startedAt;
    const painting = await processorMs(terminal.pid);
    while (!terminal.text().includes("▸ connection_000")) await sleep(POLL_MS);
    const complete = performance.now() - startedAt;
    terminal.send("q");
    await terminal.exit;
    // The first time fills caches and does not count.
    if (at === 0) continue;
    paint.push(painted);
    listed.push(complete);
    cpu.push(painting);
  }
  return [
    { measure: "start to first paint", unit: "ms", figures: spread(paint), wanted: { at_most: 250 } },
    { measure: "start to the connections", unit: "ms", figures: spread(listed) },
    { measure: "start to first paint: processor time", unit: "ms", figures: spread(cpu) },
  ];
}

/** Fewer than the rows of any list: at its end a key draws nothing. */
const KEYS = 60;
const WARM_UP_KEYS = 10;
const ROUNDS = 4;

/** Each list, with how to come to it from the connections, and text that stands there then. */
const LISTS: readonly (readonly [name: string, keys: readonly string[], shows: string | RegExp])[] = [
  ["connections", ["1"], "▸ connection_"],
  ["connections, filtered", ["1", "/", "team_3", "\r"], /▸ connection_/],
  ["runs", ["2"], /▸ +20\d\d-/],
  ["runs, filtered by status", ["2", "/", "status:failed", "\r"], /▸ +20\d\d-.*failed/],
  ["state", ["3"], "connection_000"],
  ["secrets", ["4"], "connection_000"],
  ["palette", ["1", ":"], "do or open"],
];

/** What moving by one row costs, by down and up keys. */
export async function benchLists(root: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, keys, shows] of LISTS) {
    const terminal = startTerminal({ cwd: root, ...SIZE });
    await terminal.shows("▸ connection_000");
    await settled(terminal);
    for (const key of keys) {
      terminal.send(key);
      await settled(terminal, 200);
    }
    await terminal.shows(shows);
    await settled(terminal);
    const [down, up] = name === "palette" ? ["\u001b[B", "\u001b[A"] : ["j", "k"];
    const cost = (key: string, times: number) => costOfKey(terminal, Array<string>(times).fill(key));
    await cost(down, WARM_UP_KEYS);
    await cost(up, WARM_UP_KEYS);
    const costs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) costs.push(await cost(round % 2 === 0 ? down : up, KEYS));
    figures.push({ measure: `a key in ${name}`, unit: "ms", figures: spread(costs), wanted: { at_most: 16 } });
    process.stderr.write(`a key in ${name}: ${costs.map((cost) => cost.toFixed(1)).join(", ")} ms\n`);
    await terminal.close();
  }
  return figures;
}

const IDLE_MS = 2_000;
/** What the kernel counts of a process that is woken for nothing of ours. */
const IDLE_MOST_MS = 0.2;
/** Files are still read, and memory tidied, for a while after the first picture: at most so many windows are waited. */
const MOST_WINDOWS = 10;
const COUNTED_WINDOWS = 3;
const IDLE: readonly (readonly [name: string, args: readonly string[], keys: readonly string[]])[] = [
  ["connections", [], []],
  ["help", [], ["?"]],
  ["palette", [], [":"]],
  ["add a connection", [], ["a"]],
  ["edit a connection", [], ["e"]],
  ["runs", ["runs"], []],
  ["run", ["runs/latest"], []],
  ["log", ["runs/latest"], ["o"]],
  ["state", ["state"], []],
  ["secrets", ["secrets"], []],
  ["database", ["database"], []],
  ["doctor", ["doctor"], []],
];

/** Processor time while nobody does anything and nothing happens. */
export async function benchIdle(root: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, args, keys] of IDLE) {
    const terminal = startTerminal({ cwd: root, ...SIZE, args: args.length === 0 ? [] : ["ui", ...args] });
    await terminal.shows("sluice › ");
    await settled(terminal, 1_000);
    for (const key of keys) terminal.send(key);
    await settled(terminal, 1_500);
    const costs = await idleCosts(terminal);
    process.stderr.write(`idle in ${name}: ${costs.map((cost) => cost.toFixed(2)).join(", ")} ms\n`);
    figures.push({
      ...{
        measure: `idle, ${name}: processor time of ${IDLE_MS / 1000} s`,
        unit: "ms",
        wanted: { at_most: IDLE_MOST_MS },
      },
      figures: spread(costs),
    });
    await terminal.close();
  }
  return figures;
}

/** Of windows after the first that cost next to nothing, or of the last ones. */
async function idleCosts(terminal: Terminal): Promise<number[]> {
  const costOfWindow = async () => (await costOf(terminal.pid, () => sleep(IDLE_MS))).cpu_ms;
  for (let at = 0; at < MOST_WINDOWS; at++) if ((await costOfWindow()) < 1) break;
  const costs: number[] = [];
  for (let at = 0; at < COUNTED_WINDOWS; at++) costs.push(await costOfWindow());
  return costs;
}
