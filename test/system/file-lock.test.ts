import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { acquireFileLock, lockOwner, withFileLock } from "../../src/system/file-lock.ts";
import { identityInName, thisProcess } from "../../src/system/process-identity.ts";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-lock-"));
  path = join(folder, "config.json");
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

test("a file that does not exist can be locked, and the lock leaves nothing behind", async () => {
  const lock = await acquireFileLock(join(folder, "not", "yet", "there.json"), { purpose: "a test" });
  await lock.release();
  expect(await readdir(join(folder, "not", "yet"))).toEqual([]);
});

test("a held lock is refused with the holder's pid and purpose", async () => {
  await using _held = await acquireFileLock(path, { purpose: "reading page 3" });
  const refused = acquireFileLock(path, { wait_ms: 0 });
  await expect(refused).rejects.toMatchObject({
    code: "file_locked",
    details: { pid: process.pid, purpose: "reading page 3" },
    message: expect.stringContaining("reading page 3"),
  });
});

test("whoever waits gets the lock when it is given back", async () => {
  const first = await acquireFileLock(path);
  const second = acquireFileLock(path, { wait_ms: 10_000 });
  await first.release();
  await (await second).release();
});

test("waiting ends when its signal aborts", async () => {
  await using _held = await acquireFileLock(path);
  const cancel = new AbortController();
  const waiting = acquireFileLock(path, { wait_ms: 60_000, signal: cancel.signal });
  cancel.abort(new Error("no longer wanted"));
  await expect(waiting).rejects.toThrow("no longer wanted");
});

test("work that fails gives its lock back and keeps its own error", async () => {
  const failing = withFileLock(path, {}, () => Promise.reject(new Error("the work failed")));
  await expect(failing).rejects.toThrow("the work failed");
  expect(await lockOwner(path)).toBeUndefined();
});

test("releasing twice does not release the next owner's lock", async () => {
  const first = await acquireFileLock(path);
  await first.release();
  await using _second = await acquireFileLock(path, { purpose: "second" });
  await first.release();
  expect(await lockOwner(path)).toMatchObject({ purpose: "second" });
});

test("two ways to one file share one lock", async () => {
  await writeFile(path, "{}");
  await symlink(path, join(folder, "link.json"));
  await using _held = await acquireFileLock(path);
  await expect(acquireFileLock(join(folder, "link.json"), { wait_ms: 0 })).rejects.toMatchObject({
    code: "file_locked",
  });
});

test("locking hooks no signals: they belong to whoever runs the process", async () => {
  await using _held = await acquireFileLock(path);
  const deadly = process.eventNames().filter((name) => String(name).startsWith("SIG"));
  expect(deadly).toEqual([]);
});

test("a folder that may not be written is named, with what to do", async () => {
  await writeFile(join(folder, "a-file"), "");
  const refused = acquireFileLock(join(folder, "a-file", "config.json"));
  await expect(refused).rejects.toMatchObject({ code: "file_unwritable", message: expect.stringContaining("a-file") });
});

test("the owner can be read by others while it lives, and not after", async () => {
  const holder = await startHolder("wait");
  expect(await lockOwner(path)).toMatchObject({ pid: holder.pid, purpose: "holding it for a test" });
  holder.kill("SIGKILL");
  await once(holder, "exit");
  expect(await lockOwner(path)).toBeUndefined();
});

test("the lock of a killed process clears at once", async () => {
  const holder = await startHolder("wait");
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const lock = await acquireFileLock(path, { wait_ms: 0 });
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

test("what processes left that were killed while they took a lock goes with the next one who takes it", async () => {
  const { pid, started } = thisProcess();
  const dead = { pid: 2 ** 22 - 1, started };
  const made = (who: { pid: number; started: string }) => `${identityInName(who)}.0190a4d0-0000-4000-8000-000000000001`;
  const left = [`config.json.lock.new-${made(dead)}`, `config.json.lock.break-1f.new-${made(dead)}`];
  const kept = [
    `config.json.lock.new-${made({ pid, started })}`,
    `config.json.lock.new-${made({ ...dead, started: "1@elsewhere" })}`,
  ];
  for (const name of [...left, ...kept]) await mkdir(join(folder, name));
  await writeFile(join(folder, left[1] as string, "owner.json"), "");
  await using _lock = await acquireFileLock(path);
  expect((await readdir(folder)).sort()).toEqual(["config.json.lock", ...kept].sort());
});

test("a process that ends by itself takes its lock with it", async () => {
  const holder = await startHolder("exit");
  if (holder.exitCode === null) await once(holder, "exit");
  expect(existsSync(`${path}.lock`)).toBe(false);
});

test("a live owner whose event loop is blocked is not robbed, however old its lock looks", async () => {
  const holder = await startHolder("block");
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(`${path}.lock`, longAgo, longAgo);
  const refused = acquireFileLock(path, { wait_ms: 200 });
  await expect(refused).rejects.toMatchObject({ code: "file_locked", details: { pid: holder.pid } });
});

describe("an owner that cannot be seen from here", () => {
  const elsewhere = { pid: 1, host: "other", purpose: "far away", since: "", started: "77@another-boot/1", token: "t" };

  test("keeps its lock as long as it renews it", async () => {
    await leaveLock(elsewhere, new Date());
    await expect(acquireFileLock(path, { wait_ms: 0 })).rejects.toMatchObject({
      code: "file_locked",
      details: { pid: 1 },
    });
  });

  test("loses it when nothing was heard of it for long", async () => {
    await leaveLock(elsewhere, new Date(Date.now() - 60_000));
    await (await acquireFileLock(path, { wait_ms: 0 })).release();
  });

  test("an owner's file that a power cut left empty counts by its age too", async () => {
    await leaveLock("", new Date(Date.now() - 60_000));
    await (await acquireFileLock(path, { wait_ms: 0 })).release();
  });
});

test("a pid that belongs to another process now is a dead owner", async () => {
  const { pid, started } = thisProcess();
  await leaveLock({ pid, started: started.replace(/^\d+/, "1"), token: "t" }, new Date());
  await (await acquireFileLock(path, { wait_ms: 0 })).release();
});

test("of many that find one dead owner at once exactly one takes over", { timeout: 60_000 }, async () => {
  const races = 60;
  const { started } = thisProcess();
  for (let race = 0; race < races; race++) {
    path = join(folder, `race-${race}`);
    await leaveLock({ pid: 2 ** 22 + 1, started, token: `dead-${race}` }, new Date());
  }
  const racers = Array.from({ length: 6 }, () => start("lock-racer.ts", [folder, String(races), "15"]));
  await Promise.all(racers.map(said));
  for (const racer of racers) racer.stdin?.write(String(Date.now() + 50));
  await Promise.all(racers.map(said));
  for (let race = 0; race < races; race++) {
    const winners = await readFile(join(folder, `race-${race}.winners`), "utf8");
    expect(winners.trim().split("\n"), `winners of race ${race}`).toHaveLength(1);
  }
});

test("processes killed at random moments never leave two owners, nor none for good", { timeout: 120_000 }, async () => {
  await writeFile(join(folder, "counter"), "0");
  const doomed = Array.from({ length: 16 }, async (_, index) => {
    const wave = Math.floor(index / 4);
    await new Promise((resolve) => setTimeout(resolve, wave * 300));
    await ended(start("lock-contender.ts", [folder, "100000", String(150 + Math.random() * 300)]), "SIGKILL");
  });
  const survivors = [1, 2].map(() => ended(start("lock-contender.ts", [folder, "120"])));
  await Promise.all([...doomed, ...survivors]);
  expect(await readFile(join(folder, "violations"), "utf8").catch(() => "")).toBe("");
  const rounds = (await readFile(join(folder, "rounds"), "utf8")).length;
  expect(rounds).toBeGreaterThanOrEqual(240);
  const counted = Number(await readFile(join(folder, "counter"), "utf8"));
  expect(counted).toBeGreaterThanOrEqual(rounds);
  expect(counted).toBeLessThanOrEqual(rounds + 16);
  await using _free = await acquireFileLock(join(folder, "contended"), { wait_ms: 0 });
});

async function leaveLock(owner: object | string, renewed: Date): Promise<void> {
  await mkdir(`${path}.lock`);
  await writeFile(join(`${path}.lock`, "owner.json"), typeof owner === "string" ? owner : JSON.stringify(owner));
  await utimes(`${path}.lock`, renewed, renewed);
}

async function startHolder(then: "wait" | "block" | "exit"): Promise<ChildProcess> {
  const holder = start("lock-holder.ts", [path, then]);
  await said(holder);
  return holder;
}

/** Waits for the next thing that a process says. */
async function said(child: ChildProcess): Promise<void> {
  await once(child.stdout as NodeJS.ReadableStream, "data");
}

function start(script: string, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

/** Waits for the end of a process, which must be the one that is expected. */
async function ended(child: ChildProcess, by: NodeJS.Signals | null = null): Promise<void> {
  child.stdout?.resume();
  const [code, signal] = await once(child, "exit");
  expect({ code, signal }).toEqual({ code: by === null ? 0 : null, signal: by });
}
