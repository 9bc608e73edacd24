import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { uuidv7 } from "../../src/core/ids.ts";
import { logPath } from "../../src/runs/artifact-names.ts";
import { openEventLog } from "../../src/runs/event-log.ts";
import { runFolder } from "./run-folder.ts";

const run = promisify(execFile);

function newRun(startedAt = Date.UTC(2026, 10, 20, 10)) {
  return { connection: "orders", run_id: uuidv7(startedAt), started_at: startedAt };
}

test("a log stands in the folder of its day, named after its connection and run", async () => {
  await using folder = await runFolder();
  const name = newRun();
  const log = await openEventLog(folder.run_logs, name);
  await log.close();
  expect(log.path).toBe(join(folder.run_logs, "2026-11-20", `orders_${name.run_id}_events.jsonl`));
});

test("lines are written whole and in the order they were given, whatever their number", async () => {
  await using folder = await runFolder();
  const log = await openEventLog(folder.run_logs, newRun());
  const lines = Array.from({ length: 30_000 }, (_, seq) => JSON.stringify({ seq, text: "é".repeat(seq % 50) }));
  for (const [index, line] of lines.entries()) {
    log.write(line);
    if (index % 7000 === 0) await log.flush();
  }
  await log.close();
  expect(await readFile(log.path, "utf8")).toBe(`${lines.join("\n")}\n`);
});

test("a line reaches the file without anybody asking for it", async () => {
  await using folder = await runFolder();
  const log = await openEventLog(folder.run_logs, newRun());
  log.write("one");
  await expect.poll(() => readFile(log.path, "utf8")).toBe("one\n");
  await log.close();
});

test("what is written after closing is ignored, and closing twice is harmless", async () => {
  await using folder = await runFolder();
  const log = await openEventLog(folder.run_logs, newRun());
  await log.close();
  log.write("late");
  await log.close();
  expect(await readFile(log.path, "utf8")).toBe("");
  expect(log.failure()).toBeUndefined();
});

test("a folder that cannot be made is reported when the log is opened", async () => {
  await using folder = await runFolder();
  await writeFile(folder.run_logs, "a file stands where the folder should");
  await expect(openEventLog(folder.run_logs, newRun())).rejects.toMatchObject({
    code: "artifacts_unwritable",
    message: expect.stringContaining(folder.run_logs),
  });
});

test.skipIf(process.getuid?.() === 0)("a folder without permission is reported when the log is opened", async () => {
  await using folder = await runFolder();
  await mkdir(folder.run_logs, { mode: 0o500 });
  onTestFinished(() => chmod(folder.run_logs, 0o700));
  await expect(openEventLog(folder.run_logs, newRun())).rejects.toMatchObject({ code: "artifacts_unwritable" });
});

test("a full disk is remembered as a failure and nothing throws", async () => {
  await using folder = await runFolder();
  await using unmount = new AsyncDisposableStack();
  const name = newRun();
  await fillDisk(folder.run_logs, logPath(folder.run_logs, name), unmount);
  const log = await openEventLog(folder.run_logs, name);
  for (let i = 0; i < 2000; i++) log.write("x".repeat(100));
  await log.flush();
  expect(log.failure()).toMatchObject({ code: "artifacts_unwritable", message: expect.stringContaining("ENOSPC") });
  log.write("more");
  await log.close();
});

/** A file system of 64 KiB where we may mount one, else the device that is always full. */
async function fillDisk(folder: string, path: string, unmount: AsyncDisposableStack): Promise<void> {
  await mkdir(folder);
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]);
    unmount.defer(async () => void (await run("umount", ["-l", folder])));
  } catch {
    await mkdir(dirname(path));
    await symlink("/dev/full", path);
  }
}
