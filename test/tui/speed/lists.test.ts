import { describe, expect, test } from "vitest";
import { openScreen, type TestScreen } from "../harness/screen.ts";
import { connectionEntry, fixedClock, type PastRun, tuiWorkspace } from "../harness/workspace.ts";

const CONNECTIONS = 500;
const RUNS = 300;
const KEYS = 20;
/**
 * Of processor time, far outside of what a busy machine adds: React's development build and the test's own glass are in
 * it, so that a key comes to about 20 ms. The figures themselves are `npm run bench:tui`.
 */
const MOST_MS = 150;
/** A picture for the key, and now and then one for what was read meanwhile. */
const MOST_PICTURES = 3;
const LIMIT_MS = 180_000;

async function open(place: string, shows: string | RegExp): Promise<TestScreen> {
  const names = Array.from({ length: CONNECTIONS }, (_, at) => `connection_${String(at).padStart(3, "0")}`);
  const runs = Array.from({ length: RUNS }, (_, at): PastRun => {
    const connection = names[at % CONNECTIONS] ?? "";
    return { connection, ago_min: at, status: at % 3 === 0 ? "failed" : "success" };
  });
  const workspace = await tuiWorkspace({ connections: names.map((name) => connectionEntry(name)), runs });
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, columns: 120, rows: 40 });
  await expect.poll(() => screen.text(), { timeout: LIMIT_MS }).toContain("▸ connection_000");
  await screen.press(place);
  await expect.poll(() => screen.text(), { timeout: LIMIT_MS }).toMatch(shows);
  return screen;
}

/** Processor time and pictures of one key, from many. */
async function costOfKey(screen: TestScreen, key: string) {
  const frames = () => screen.written().split("\u001b[?2026h").length;
  await screen.press(...Array.from({ length: KEYS }, () => key));
  const before = { cpu: process.cpuUsage(), frames: frames() };
  await screen.press(...Array.from({ length: KEYS }, () => key));
  const { user, system } = process.cpuUsage(before.cpu);
  return { cpu_ms: (user + system) / 1000 / KEYS, pictures: (frames() - before.frames) / KEYS };
}

describe("moving by a row costs little", () => {
  test.each([
    ["500 connections", "1", /▸ connection_/],
    ["300 runs", "2", /▸ +20\d\d-/],
    ["the state of 500 connections", "3", /connection_/],
  ] as const)("in a list of %s", { timeout: LIMIT_MS }, async (_name, place, shows) => {
    const screen = await open(place, shows);
    const { cpu_ms, pictures } = await costOfKey(screen, "j");
    expect(cpu_ms).toBeLessThan(MOST_MS);
    expect(pictures).toBeLessThan(MOST_PICTURES);
  });
});
