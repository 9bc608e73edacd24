import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { startTerminal } from "../../test/tui/harness/pseudo-terminal.ts";
import type { BenchWorkspace } from "../bench-workspace.ts";
import { SLUICE } from "../bench-workspace.ts";
import { spread } from "../measured-process.ts";
import type { Figure } from "../report.ts";
import { costOf, peakMb } from "./processor-time.ts";

const PER_SECOND = 10_000;
const SECONDS = 20;
/** The screen has caught up with the beginning by then. */
const WARM_UP_MS = 3_000;
const WINDOW_MS = 5_000;
const WINDOWS = 3;

/** Says as much as is wanted, in twenty bursts a second, and hands over a row with each. */
const CHATTY = `import { setTimeout as sleep } from "node:timers/promises";
import { defineConnector, z } from "sluice/connector";
const stream = (name) => ({
  name,
  ordered: true,
  async *read({ options, log, signal }) {
    const startedAt = performance.now();
    const total = (options.per_second * options.seconds) / 4;
    for (let said = 0, id = 1; said < total && !signal.aborted; id++) {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) * options.per_second) / 4000));
      for (; said < due; said++) log("info", "event " + said + " of " + name);
      yield { rows: [{ id }], cursor: String(id) };
      await sleep(50);
    }
  },
});
export default defineConnector({
  name: "chatty",
  title: "Chatty",
  description: "Says a lot.",
  options: z.strictObject({
    per_second: z.int().describe("messages a second"),
    seconds: z.int().describe("how long"),
  }),
  secrets: z.strictObject({}),
  check: async () => ({ message: "fine" }),
  streams: ["one", "two", "three", "four"].map(stream),
});
`;

/** A real run that says 10,000 things a second, watched on the live screen. */
export async function benchLive(ws: BenchWorkspace): Promise<Figure[]> {
  await mkdir(join(ws.root, "connectors"), { recursive: true });
  await writeFile(join(ws.root, "connectors/chatty.ts"), CHATTY);
  await ws.use([{ name: "chatty", type: "chatty", schema: { options: { per_second: PER_SECOND, seconds: SECONDS } } }]);
  await ws.forget("chatty");
  const run = spawn(SLUICE, ["headless", "chatty"], { cwd: ws.root, stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(run, "close");
  let last = "";
  run.stdout.setEncoding("utf8").on("data", (text: string) => (last = `${last}${text}`.slice(-20_000)));
  while (!last.includes('"stream":"four"')) await sleep(50);
  const id = /"run_id":"([^"]+)"/.exec(last)?.[1] ?? "";
  const terminal = startTerminal({ cwd: ws.root, columns: 120, rows: 40 });
  await terminal.shows("▸ chatty");
  await terminal.shows("running");
  terminal.send("\r");
  await terminal.shows("events");
  await sleep(WARM_UP_MS);
  const shares: number[] = [];
  const rates: number[] = [];
  for (let at = 0; at < WINDOWS; at++) {
    const before = terminal.frames();
    const { cpu_ms, wall_ms } = await costOf(terminal.pid, () => sleep(WINDOW_MS));
    shares.push((100 * cpu_ms) / wall_ms);
    rates.push((1000 * (terminal.frames() - before)) / wall_ms);
    process.stderr.write(`live: ${shares.at(-1)?.toFixed(1)} % of a core, ${rates.at(-1)?.toFixed(1)} frames/s\n`);
  }
  await ended;
  const result = JSON.parse(last.trimEnd().split("\n").at(-1) ?? "{}");
  const said = await countSaid(result.events_path);
  await terminal.shows("success");
  const peak = await peakMb(terminal.pid);
  await terminal.close();
  process.stderr.write(`run ${id}: ${said} messages in its file\n`);
  return [
    { measure: "live view, 10,000 events/s: of a core", unit: "%", figures: spread(shares), wanted: { at_most: 15 } },
    { measure: "live view: frames a second", unit: "/s", figures: spread(rates), wanted: { at_most: 10 } },
    { measure: "live view: resident memory", unit: "MB", figures: spread([peak]) },
    {
      ...{ measure: "events missing in the file", unit: "events", wanted: { at_most: 0 } },
      figures: spread([PER_SECOND * SECONDS - said]),
    },
  ];
}

/** Messages in the log; throws when its numbers have a gap. */
async function countSaid(path: string): Promise<number> {
  let seq = 0;
  let said = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    const event = JSON.parse(line);
    seq += 1;
    if (event.seq !== seq) throw new Error(`${path}: event ${event.seq} stands where ${seq} should`);
    if (event.kind === "runtime.event" && String(event.message).startsWith("event ")) said += 1;
  }
  return said;
}
