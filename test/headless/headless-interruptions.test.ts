import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { listRuns } from "../../src/runs/run-index.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { type TestWorkspace, testWorkspace } from "../runner/test-workspace.ts";
import { type HeadlessRun, parseOutput, runHeadless, startHeadless } from "./headless-process.ts";

const connections = [
  {
    name: "board",
    options: { streams: { cards: { rows: 300, wait_after: 200 } } },
    schema: { inference_rows: 20 },
  },
];

test.for([
  ["SIGINT", 130, "interrupted"],
  ["SIGTERM", 143, "terminated"],
] as const)("%s ends the run in good order: commit, summary, result line, exit %i", async ([signal, exit, code]) => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections });
  const run = await startHeadless(ws, ["board", "--retries", "3"]);
  await output(run, '"waiting"');
  run.child.kill(signal);
  const ended = await run.ended;
  expect(ended.code).toBe(exit);
  const { result } = parseOutput(ended.stdout);
  expect(result).toMatchObject({ status: "cancelled", exit_code: exit, error: { code } });
  expect(JSON.parse(await readFile(result.summary_path, "utf8"))).toMatchObject({ status: "cancelled" });
  const { rows } = await database.client.query("select count(*)::int as n from board.cards");
  expect(rows).toEqual([{ n: result.stats.cards.inserted }]);
  expect(rows[0].n).toBeGreaterThan(0);
});

test("a run that was killed is interrupted, and the next one says so and finishes it", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections });
  const run = await startHeadless(ws, ["board"]);
  await output(run, '"waiting"');
  await loggedIn(ws);
  run.child.kill("SIGKILL");
  expect((await run.ended).signal).toBe("SIGKILL");
  const { runs, run_logs } = ws.deps.workspace.paths;
  const [killed] = await listRuns(runs, run_logs);
  expect(killed).toMatchObject({ status: "interrupted", summary_path: null });
  await writeFile(join(ws.root, "go"), "");
  const { code, events } = await runHeadless(ws, ["board"]);
  expect(code).toBe(0);
  expect(events.find((event) => event.level === "warn")?.data).toMatchObject({ run_id: killed?.run_id });
  const { rows } = await database.client.query(
    "select count(*)::int as n, count(distinct id)::int as ids from board.cards",
  );
  expect(rows).toEqual([{ n: 300, ids: 300 }]);
});

test("a reader that goes away costs the output, not the run", async () => {
  await using database = await freshDatabase();
  await using ws = await testWorkspace({ address: database.address, connections });
  const run = await startHeadless(ws, ["board"]);
  await output(run, '"waiting"');
  run.child.stdout.destroy();
  await writeFile(join(ws.root, "go"), "");
  const { code, stderr } = await run.ended;
  expect(code).toBe(0);
  expect(stderr).toContain("stdout cannot be written any more");
  const { runs, run_logs } = ws.deps.workspace.paths;
  expect(await listRuns(runs, run_logs)).toMatchObject([{ status: "success", rows_written: 300 }]);
});

test("a reader that is slow gets everything", async () => {
  await using database = await freshDatabase();
  const streams = { cards: { rows: 3000, batch: 10, say: "x".repeat(1000) } };
  const chatty = [{ name: "board", options: { streams } }];
  await using ws = await testWorkspace({ address: database.address, connections: chatty });
  const { child, ended } = await startHeadless(ws, ["board"]);
  child.stdout.pause();
  await loggedIn(ws);
  await expect.poll(() => logText(ws)).toContain('"run.finish"');
  child.stdout.resume();
  const { code, stdout } = await ended;
  expect(code).toBe(0);
  const { events, result } = parseOutput(stdout);
  expect(events.map((event) => event.seq)).toEqual(events.map((_, index) => index + 1));
  expect(result).toMatchObject({ status: "success", stats: { cards: { inserted: 3000 } } });
});

/** Resolves when stdout has shown a text. */
function output({ child }: HeadlessRun, wanted: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let seen = "";
    child.stdout.on("data", (chunk) => {
      seen += chunk;
      if (seen.includes(wanted)) resolve();
    });
    child.once("exit", () => reject(new Error(`ended without ${wanted}: ${seen}`)));
  });
}

/** Resolves when the log on disk is not empty. */
async function loggedIn(ws: TestWorkspace): Promise<void> {
  await expect.poll(() => logText(ws)).not.toBe("");
}

async function logText(ws: TestWorkspace): Promise<string> {
  const { runs, run_logs } = ws.deps.workspace.paths;
  const [run] = await listRuns(runs, run_logs);
  const path = run?.events_path;
  return path === undefined || path === null ? "" : readFile(path, "utf8");
}
