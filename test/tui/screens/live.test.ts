import { appendFile, cp, mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { lockConnection, runPurpose } from "../../../src/runner/run-lock-file.ts";
import { StopInbox, type StopRequest } from "../../../src/runner/stop-requests.ts";
import { logPath } from "../../../src/runs/artifact-names.ts";
import { listRuns } from "../../../src/runs/run-index.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { CONNECTORS } from "../../runner/test-workspace.ts";
import { temporaryWorkspace } from "../../workspace/temporary-workspace.ts";
import { openScreen, type ScreenOptions } from "../harness/screen.ts";
import { connectionEntry, fixedClock, NOW, pastRunId, tuiWorkspace } from "../harness/workspace.ts";

const AGO_MIN = 1;
const RUN_ID = pastRunId(AGO_MIN);
const ENTRY = connectionEntry("shop");

type Told = { kind: string; stream?: string; level?: string; message?: string; data?: object };

const flow = (rows: number) => ({ rows_read: rows * 2, rows_written: rows, bytes: rows * 90, rows_per_s: rows / 10 });
const TOLD: readonly Told[] = [
  { kind: "run.start", data: { mode: {}, trigger: "cli" } },
  { kind: "attempt.start", data: { attempt: 1, max_attempts: 3 } },
  { kind: "stream.start", stream: "orders", data: { mode: "merge", table: "shop.orders" } },
  { kind: "stream.start", stream: "lines", data: { mode: "append", table: "shop.lines" } },
  ...[100, 400, 200, 900].map((rows) => ({
    kind: "stream.progress",
    stream: "orders",
    data: { ...flow(rows), waits_for: "destination" },
  })),
  {
    kind: "http.request.start",
    stream: "lines",
    level: "debug",
    data: { method: "GET", url: "https://x/1", attempt: 1 },
  },
  {
    kind: "http.request.error",
    stream: "lines",
    level: "error",
    data: { method: "GET", url: "https://x/1", attempt: 1, elapsed_ms: 5, error: "503" },
  },
  {
    kind: "http.request.start",
    stream: "lines",
    level: "debug",
    data: { method: "GET", url: "https://x/1", attempt: 2 },
  },
  { kind: "schema.change", stream: "orders", data: { table: "shop.orders", column: "note", change: "add" } },
];

/** A run that goes on for as long as the test: this process holds its lock, and takes what it is asked. */
async function liveRun(options: Partial<ScreenOptions> = {}) {
  const workspace = await tuiWorkspace({ connections: [ENTRY] });
  const started_at = NOW - AGO_MIN * 60_000;
  const path = logPath(workspace.paths.run_logs, { connection: "shop", run_id: RUN_ID, started_at });
  await mkdir(dirname(path), { recursive: true });
  let seq = 0;
  const tell = async (events: readonly Told[]) => {
    const lines = events.map((event) => {
      seq += 1;
      const ts = new Date(started_at + seq * 1_000).toISOString();
      const common = { v: 1, ts, seq, run_id: RUN_ID, connection: "shop", type: "files", level: "info" };
      return `${JSON.stringify({ ...common, data: {}, ...event })}\n`;
    });
    await appendFile(path, lines.join(""));
  };
  await tell(TOLD);
  const lock = await lockConnection(workspace, { id: "shop", name: "shop" }, runPurpose(RUN_ID));
  const asked: StopRequest[] = [];
  const inbox = await StopInbox.open(workspace, RUN_ID, (request) => {
    asked.push(request);
    return { stopping: request.streams ?? [], over: [], unknown: [], streams: ["orders", "lines"] };
  });
  const end = async () => {
    await inbox.close();
    await lock.release();
  };
  onTestFinished(end);
  const place = { screen: "live", run_id: RUN_ID } as const;
  const screen = await openScreen({ workspace: workspace.root, clock: fixedClock, place, ...options });
  await screen.shows("12 events");
  return { screen, asked, tell, end };
}

describe("a run that goes on", () => {
  test("tells sums, errors, requests that were tried again, and what its streams wait for", async () => {
    const { screen } = await liveRun({ columns: 160 });
    expect(screen.text()).toMatch(/900 rows written, 90 rows\/s, 81\.0 kB/);
    expect(screen.text()).toContain("waits for the destination (1), the network (1), 1 error, 1 request tried again");
    expect(screen.text()).toMatch(/lines .*network/);
  });

  test("tells an error once, however often its events do, and what was read in all the time once it is over", async () => {
    const { screen, tell, end } = await liveRun({ columns: 120 });
    const error = { code: "source_failed", stage: "read", recovery: "stop_run", message: "no", cause: [] };
    const counts = { ...flow(0), inserted: 0, updated: 0, unchanged: 0, deleted: 0, rejected: 3, duration_ms: 9 };
    await tell([
      { kind: "stream.finish", stream: "lines", level: "error", data: { ...counts, outcome: "failed", error } },
      { kind: "attempt.error", level: "error", data: { attempt: 1, max_attempts: 1, error } },
    ]);
    await screen.shows("2 errors, 3 rows rejected");
    expect(screen.text()).toMatch(/lines +✗ failed .* 2 +3 /);
    const totals = { rows_read: 9, rows_written: 9, inserted: 9, updated: 0, deleted: 0, rejected: 0, bytes: 9 };
    await tell([
      {
        kind: "run.finish",
        level: "error",
        data: { status: "failed", attempts: 1, duration_ms: 9_000, totals, error },
      },
    ]);
    await end();
    await screen.shows("200 rows/s on average");
    expect(screen.text()).toMatch(/orders +■ cancelled +1,800 +900 +81\.0 kB/);
  });

  test("one stream is stopped, or the whole run", async () => {
    const { screen, asked, tell } = await liveRun();
    await screen.press("s");
    await screen.shows("Only orders. The others go on");
    expect(screen.text()).toContain(`sluice runs stop ${RUN_ID}`);
    await screen.press("s");
    await screen.shows("orders stops at the next checkpoint");
    await tell([{ kind: "stop.requested", stream: "orders", level: "warn", data: { by: "me" } }]);
    await screen.shows("stopping");
    await screen.press("space", "space", "s");
    await screen.shows("Only lines.");
    await screen.press("a");
    await screen.shows("the run stops at the next checkpoint");
    expect(asked.map(({ streams }) => streams)).toEqual([["orders"], null]);
  });

  test("is left and come back to, and leaving the screens asks what becomes of it", async () => {
    const { screen, asked } = await liveRun();
    await screen.press("esc");
    await screen.shows("● running");
    await screen.press("enter");
    await screen.shows("shop: running");
    await screen.press("esc", "q");
    await screen.shows("Leave, and let it go on.");
    await screen.press("esc");
    await screen.shows("● running");
    await screen.press("q");
    await screen.shows("Leave, and let it go on.");
    await screen.press("s");
    expect(await screen.exit).toBe(0);
    expect(asked).toMatchObject([{ streams: null }]);
  });

  test("ends on the screen when it ends", async () => {
    const { screen, tell, end } = await liveRun();
    const totals = { rows_read: 9, rows_written: 9, inserted: 9, updated: 0, deleted: 0, rejected: 0, bytes: 9 };
    await tell([
      { kind: "run.finish", data: { status: "success", attempts: 1, duration_ms: 5_000, totals, error: null } },
    ]);
    await end();
    await screen.shows("✓ shop: success, 5.0 s");
  });
});

test("a stream of a real run is stopped from its screen, and the others finish", { timeout: 120_000 }, async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 300, wait_after: 200 }, lists: { rows: 50 } };
  const entry = { name: "board", type: "scripted", schema: { options: { streams }, inference_rows: 20 } };
  const fields = Object.entries(database.address).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
  const workspace = await temporaryWorkspace({
    "config.json": { version: 1, connections: [entry], settings: { destination: "postgres" } },
    ".dlt/secrets.toml": `[destination.postgres.credentials]\n${fields.join("\n")}\n`,
  });
  await cp(CONNECTORS, workspace.paths.connectors, { recursive: true });
  const screen = await openScreen({ workspace: workspace.root, columns: 120, rows: 30 });
  await screen.shows("▸ board");
  await screen.press("r");
  const shows = (text: RegExp) => expect.poll(() => screen.text(), { timeout: 60_000 }).toMatch(text);
  await shows(/lists +✓ success/);
  await shows(/cards +● running/);
  await screen.press("g");
  if (/▸ +lists/.test(screen.text())) await screen.press("j");
  await screen.press("s");
  await screen.shows("Only cards.");
  await screen.press("s");
  await shows(/◐ board: partial/);
  await screen.press("enter");
  await screen.shows(/cards +■ cancelled +200 +200/);
  const [run] = await listRuns(workspace.paths.runs, workspace.paths.run_logs);
  expect(run).toMatchObject({ status: "partial", error: { code: "stream_stopped" } });
  await writeFile(join(workspace.root, "go"), "");
});
