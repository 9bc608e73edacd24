import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { listRuns } from "../../src/runs/run-index.ts";
import { mayMount } from "../harness/mounts.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { type TestWorkspace, testWorkspace } from "./test-workspace.ts";

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

const schemasOf = "select nspname from pg_namespace where nspname in ('board', '_sluice')";

test.for(["runs", "run_logs"] as const)(
  "a %s folder that cannot be used is found before anything is loaded",
  async (name) => {
    await using database = await freshDatabase();
    const connections = [{ name: "board", options: { streams: { cards: { rows: 5 } } } }];
    await using ws = await testWorkspace({ address: database.address, connections });
    await writeFile(ws.deps.workspace.paths[name], "a file stands where the folder should");
    const { result, events } = await ws.run("board", { retries: 3 });
    expect(result).toMatchObject({ status: "failed", exit_code: 1, error: { code: "artifacts_unwritable" } });
    expect(result.error?.message).toContain(ws.deps.workspace.paths[name]);
    expect(events.at(-1)?.kind).toBe("run.finish");
    expect((await database.client.query(schemasOf)).rows).toEqual([]);
  },
);

test.skipIf(isRoot)("a runs folder without permission is found before anything is loaded", async () => {
  await using database = await freshDatabase();
  const connections = [{ name: "board", options: { streams: { cards: { rows: 5 } } } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  await mkdir(ws.deps.workspace.paths.runs, { mode: 0o500 });
  const { result } = await ws.run("board");
  await chmod(ws.deps.workspace.paths.runs, 0o700);
  expect(result).toMatchObject({ exit_code: 1, error: { code: "artifacts_unwritable" } });
  expect((await database.client.query(schemasOf)).rows).toEqual([]);
});

test.runIf(mayMount)("a disk that fills up under the log stops the run before its next commit", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 400, wait_after: 200 } }, chatty: true };
  const connections = [{ name: "board", options, schema: { inference_rows: 20 } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  await using disk = await smallDisk(ws);
  const { result, events } = await ws.run(
    "board",
    { retries: 3 },
    {
      onEvent: (event) => {
        if (event.message === "waiting") void disk.fill().then(() => writeFile(`${ws.root}/go`, ""));
      },
    },
  );
  expect(result).toMatchObject({ status: "failed", exit_code: 1, error: { code: "artifacts_unwritable" } });
  expect(result.error?.message).toContain("ENOSPC");
  expect(events.filter((event) => event.kind === "attempt.start")).toHaveLength(1);
  expect(result.stats.cards?.inserted ?? 0).toBe(0);
  await disk.free();
  const again = await ws.run("board");
  expect(again.result).toMatchObject({ status: "success", stats: { cards: { inserted: 400 } } });
});

test("a connection that cannot run at all still leaves a log and a summary", async () => {
  const connections = [{ name: "board", options: { stream: {} } }];
  await using ws = await testWorkspace({ connections });
  const { result } = await ws.run("board");
  expect(result.exit_code).toBe(3);
  expect(JSON.parse((await readFile(result.events_path ?? "", "utf8")).split("\n")[0] ?? "")).toMatchObject({
    kind: "run.start",
    type: "scripted",
    data: { schema: { options: { stream: {} } } },
  });
  const { runs, run_logs } = ws.deps.workspace.paths;
  expect(await listRuns(runs, run_logs)).toMatchObject([{ run_id: result.run_id, status: "failed" }]);
});

test("a name that no connection has leaves no trace", async () => {
  await using ws = await testWorkspace({ connections: [{ name: "board" }] });
  const { result, events } = await ws.run("boards");
  expect(result).toMatchObject({ exit_code: 3, error: { code: "connection_unknown" }, events_path: null });
  expect(result.error?.message).toContain("board");
  expect(events.map((event) => event.kind)).toEqual(["run.start", "run.finish"]);
  await expect(readFile(ws.deps.workspace.paths.run_logs)).rejects.toThrow("ENOENT");
});

/** Mounts a disk of 256 KiB where the logs go. */
async function smallDisk(
  ws: TestWorkspace,
): Promise<{ fill(): Promise<void>; free(): Promise<void> } & AsyncDisposable> {
  const folder = ws.deps.workspace.paths.run_logs;
  const ballast = join(folder, "ballast");
  await mkdir(folder);
  await run("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]);
  return {
    // A log without anything in it would look like one whose last page is full.
    fill: async () => {
      await expect.poll(() => logSize(folder)).toBeGreaterThan(0);
      await run("sh", ["-c", `cat /dev/zero > '${ballast}' 2>/dev/null || true`]);
      await expect.poll(async () => (await logSize(folder)) % PAGE_BYTES).toBe(0);
    },
    free: () => unlink(ballast),
    [Symbol.asyncDispose]: async () => void (await run("umount", ["-l", folder])),
  };
}

/** A full disk still takes what fits into the last page of a file. */
const PAGE_BYTES = 4096;

async function logSize(folder: string): Promise<number> {
  const log = (await readdir(folder, { recursive: true })).find((name) => name.endsWith(".jsonl"));
  return (await stat(join(folder, log ?? ""))).size;
}
