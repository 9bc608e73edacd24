import { execFile } from "node:child_process";
import { appendFile, chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { mayMount } from "../harness/mounts.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { parseOutput } from "../headless/headless-process.ts";
import { type BadInputWorkspace, badInputWorkspace, contentsOf, expectRefusal } from "./bad-input-workspace.ts";
import { blockedRun, ordersCsv } from "./blocked-run.ts";
import { countsOf, rowsOf } from "./loaded-rows.ts";

const run = promisify(execFile);
const isRoot = process.getuid?.() === 0;

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

/** Its table has the first ten orders; so many are to come. */
const ROWS = 300_000;

/** A checkpoint is due every few hundred rows. */
async function halfLoaded(): Promise<BadInputWorkspace> {
  const ws = await badInputWorkspace({
    address: database.address,
    schema: { checkpoint_mb: 0.01 },
    files: { "data/orders.csv": ordersCsv(1, 10) },
  });
  const { code, stderr } = await ws.headless("orders");
  expect(code, stderr).toBe(0);
  await appendFile(join(ws.root, "data/orders.csv"), ordersCsv(11, ROWS));
  return ws;
}

async function expectAllLoadedOnce(ws: BadInputWorkspace): Promise<void> {
  const { code, stderr } = await ws.headless("orders");
  expect(code, stderr).toBe(0);
  expect(await countsOf(database, ws.namespace)).toEqual({ rows: ROWS, ids: ROWS });
}

describe("two runs of one connection at once", () => {
  test("the second is refused with who runs it, whichever command starts it, and leaves no trace", async () => {
    await using ws = await halfLoaded();
    const before = await contentsOf(ws.root);
    await using first = await blockedRun(database, ws);
    const second = await ws.headless("orders");
    expect([second.code, second.result.error.code]).toEqual([5, "already_running"]);
    expect(second.result).toMatchObject({ events_path: null, summary_path: null });
    expect(second.result.error.message).toContain(`process ${first.child.pid}`);
    expect(second.result.error.message).toMatch(/Wait for \w+ to finish, or stop it/);
    expect((await ws.sluice(["run", "orders"])).code).toBe(5);
    await first.release();
    expect((await first.ended).code).toBe(0);
    expect(await contentsOf(ws.root)).toEqual(before);
    expect(await countsOf(database, ws.namespace)).toEqual({ rows: ROWS, ids: ROWS });
  });

  test("the same is true where the other workspace is a copy, which only the destination can know", async () => {
    await using ws = await halfLoaded();
    await using copy = await badInputWorkspace({ address: database.address });
    for (const path of ["config.json", "data/orders.csv"]) await copy.write(path, await ws.read(path));
    await using first = await blockedRun(database, ws);
    const second = await copy.headless("orders");
    expect([second.code, second.result.error.code]).toEqual([5, "already_running"]);
    expect(second.result.error.message).toContain(`${first.child.pid}`);
    await first.release();
    expect((await first.ended).code).toBe(0);
    expect(await countsOf(database, ws.namespace)).toEqual({ rows: ROWS, ids: ROWS });
  });
});

describe("a log that cannot be written any more", () => {
  test("stops the run before its next commit, and the next run loads each row once", async () => {
    await using ws = await halfLoaded();
    const before = await contentsOf(ws.root);
    const { code, stdout, stderr } = await ws.start(["headless", "orders"], { file_limit_kib: 8 }).ended;
    const { result } = parseOutput(stdout);
    expect([code, result.error.code], stderr).toEqual([1, "artifacts_unwritable"]);
    expect(result.error.message).toMatch(/writing the event log \S+_events\.jsonl: .*EFBIG/);
    expect(await contentsOf(ws.root)).toEqual(before);
    const { rows, ids } = await countsOf(database, ws.namespace);
    expect(rows).toBe(ids);
    expect(rows).toBe(10 + result.stats.orders.inserted);
    expect(rows).toBeLessThan(ROWS);
    await expectAllLoadedOnce(ws);
  });

  test.runIf(mayMount)("because its disk is full does the same (where a small disk may be mounted)", async () => {
    await using ws = await halfLoaded();
    const folder = join(ws.root, "run_logs");
    await rm(folder, { recursive: true });
    await using _disk = await mountSmallDisk(folder);
    await using blocked = await blockedRun(database, ws);
    await run("sh", ["-c", `cat /dev/zero > '${join(folder, "ballast")}' 2>/dev/null || true`]);
    await blocked.release();
    const { code, stdout, stderr } = await blocked.ended;
    const { result } = parseOutput(stdout);
    expect([code, result.error.code], stderr).toEqual([1, "artifacts_unwritable"]);
    expect(result.error.message).toMatch(/writing the event log \S+_events\.jsonl: the disk is full \(ENOSPC\)/);
    expect(JSON.parse(await ws.read(result.summary_path.slice(ws.root.length + 1)))).toMatchObject({
      status: "failed",
    });
    const { rows } = await countsOf(database, ws.namespace);
    expect(rows).toBe(10 + result.stats.orders.inserted);
    await rm(join(folder, "ballast"));
    await expectAllLoadedOnce(ws);
  });
});

describe("a folder for artifacts that cannot be written", () => {
  const remedy = "Check the permissions of its folder and the free space of its disk, then run again.";

  test.for(["runs", "run_logs"])(
    "because a file stands where %s should be is found before anything is loaded",
    async (name) => {
      await using ws = await badInputWorkspace({
        address: database.address,
        files: { "data/orders.csv": ordersCsv(1, 3), [name]: "in the way" },
      });
      const says = [`/${name}/`, "a file stands where a folder should be", remedy];
      const { result } = await expectRefusal(ws, "orders", { code: "artifacts_unwritable", exit: 1, says });
      expect(result.stats).toEqual({});
      expect(await rowsOf(database, `${ws.namespace}.orders`)).toBeUndefined();
    },
  );

  test.runIf(!isRoot || mayMount).for(["runs", "run_logs"])(
    "because %s is closed is found before anything is loaded",
    async (name) => {
      await using ws = await badInputWorkspace({
        address: database.address,
        files: { "data/orders.csv": ordersCsv(1, 3) },
      });
      await mkdir(join(ws.root, name));
      const says = [`/${name}/`, isRoot ? "read-only (EROFS)" : "permission denied (EACCES)", remedy];
      {
        await using _closed = await closeFolder(join(ws.root, name));
        await expectRefusal(ws, "orders", { code: "artifacts_unwritable", exit: 1, says });
      }
      expect(await rowsOf(database, `${ws.namespace}.orders`)).toBeUndefined();
      expect((await ws.headless("orders")).code).toBe(0);
    },
  );
});

describe("a run that is interrupted", () => {
  test.for([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "by %s in the middle of a COPY has committed what it says, and the next one loads the rest",
    async ([signal, exit]) => {
      await using ws = await halfLoaded();
      const before = await contentsOf(ws.root);
      await using blocked = await blockedRun(database, ws);
      blocked.child.kill(signal);
      await blocked.release();
      const { code, stdout, stderr } = await blocked.ended;
      const { result } = parseOutput(stdout);
      expect([code, result.status, result.exit_code], stderr).toEqual([exit, "cancelled", exit]);
      expect(result.error.message).toContain(signal);
      expect(await contentsOf(ws.root)).toEqual(before);
      const { rows } = await countsOf(database, ws.namespace);
      expect(rows).toBe(10 + result.stats.orders.inserted);
      await expectAllLoadedOnce(ws);
    },
  );

  test("at whatever moment, by whatever signal, has committed what it says, and the next ones load the rest once", async () => {
    await using ws = await halfLoaded();
    const before = await contentsOf(ws.root);
    const signals = ["SIGINT", "SIGTERM", "SIGKILL"] as const;
    for (let step = 0; step < 12; step++) {
      const signal = signals[step % signals.length] ?? "SIGINT";
      const { child, ended } = ws.start(["headless", "orders"]);
      const timer = setTimeout(() => child.kill(signal), 60 + step * 40);
      const outcome = await ended;
      clearTimeout(timer);
      expectGoodOrder(signal, outcome);
      const { rows, ids } = await countsOf(database, ws.namespace);
      expect(rows, `after ${signal} at ${60 + step * 40} ms`).toBe(ids);
    }
    await expect.poll(async () => (await ws.headless("orders")).code, { timeout: 15_000 }).toBe(0);
    expect(await contentsOf(ws.root)).toEqual(before);
    expect(await countsOf(database, ws.namespace)).toEqual({ rows: ROWS, ids: ROWS });
  });
});

const EXIT = { SIGINT: 130, SIGTERM: 143, SIGKILL: undefined };
/** A run that was killed keeps its lock in the destination for a moment. */
const ALREADY_RUNNING = 5;

/** Either the process was gone before it could say anything, or stdout ends with a result that fits the exit code. */
function expectGoodOrder(
  signal: keyof typeof EXIT,
  { code, signal: endedBy, stdout, stderr }: Awaited<ReturnType<BadInputWorkspace["sluice"]>>,
): void {
  if (endedBy !== null) {
    expect(endedBy).toBe(signal);
    if (signal !== "SIGKILL") expect(stdout).toBe("");
    return;
  }
  expect([0, ALREADY_RUNNING, EXIT[signal]], stderr).toContain(code);
  expect(parseOutput(stdout).result.exit_code).toBe(code);
}

async function mountSmallDisk(folder: string): Promise<AsyncDisposable> {
  await mkdir(folder);
  await run("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]);
  return { [Symbol.asyncDispose]: async () => void (await run("umount", ["-l", folder])) };
}

/** Takes away the right to write until it is disposed of; from root only a read-only mount does. */
async function closeFolder(folder: string): Promise<AsyncDisposable> {
  if (!isRoot) {
    await chmod(folder, 0o500);
    return { [Symbol.asyncDispose]: () => chmod(folder, 0o700) };
  }
  await run("mount", ["--bind", folder, folder]);
  await run("mount", ["-o", "remount,ro,bind", folder]);
  return { [Symbol.asyncDispose]: async () => void (await run("umount", ["-l", folder])) };
}
