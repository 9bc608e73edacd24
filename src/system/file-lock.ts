import * as nodeFs from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import type { LockOptions } from "proper-lockfile";
import { SluiceError } from "../core/errors.ts";
import { reached } from "../core/milestones.ts";
import { systemClock } from "../core/time.ts";
import { followLink } from "./atomic-file.ts";
import {
  breakLock,
  claim,
  type LockHolder,
  type LockOwner,
  newOwner,
  readHolder,
  relinquish,
  sweep,
} from "./lock-folder.ts";

export type { LockOwner } from "./lock-folder.ts";

export interface FileLockOptions {
  /**
   * How long to wait for any one owner; 0 tries once. Default 30 s. Many who take turns are no reason to give up: the
   * wait begins anew when the lock has passed on, up to ten times as long in all.
   */
  wait_ms?: number;
  /** What the lock is for, shown to those who wait: `run of team_board`. */
  purpose?: string;
  signal?: AbortSignal;
}

export interface FileLock {
  release(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
  /** Aborts should the lock be taken away: removed by hand, or by another machine that heard nothing for 20 s. */
  readonly lost: AbortSignal;
}

const DEFAULT_WAIT_MS = 30_000;
/** A lock that passes from hand to hand for longer than this many waits is given up. */
const MAX_TURNS = 10;
/** Long enough to leave the disk alone, short enough that fifty waiting processes pass a lock on without idling. */
const POLL_MS = { min: 4, max: 40 };
/** proper-lockfile touches the lock this often, for owners on other machines (see ABANDONED_AFTER_MS). */
const RENEW_MS = 5_000;

/**
 * Locks a file, which need not exist, for this process. A dead owner's lock clears at once; a live owner on this
 * machine is never robbed, however long its event loop is busy. Throws `file_locked` when the wait is over.
 */
export async function acquireFileLock(path: string, options: FileLockOptions = {}): Promise<FileLock> {
  const lock = await lockPathOf(path);
  const wait = options.wait_ms ?? DEFAULT_WAIT_MS;
  const patience = { token: "", until: Date.now() + wait, end: Date.now() + wait * MAX_TURNS };
  let pause = POLL_MS.min;
  for (;;) {
    options.signal?.throwIfAborted();
    const holder = await readHolder(lock).catch(refuse(path));
    if (holder?.dead) await breakLock(lock, holder).catch(refuse(path));
    const taken = holder === undefined || holder.dead ? await tryTake(path, lock, options.purpose) : undefined;
    if (taken !== undefined) {
      reached("file_lock_taken");
      await sweep(lock).catch(() => {});
      return taken;
    }
    if (holder !== undefined && holder.token !== patience.token) {
      patience.token = holder.token;
      patience.until = Math.min(Date.now() + wait, patience.end);
    }
    if (Date.now() >= patience.until) throw lockedError(path, await readHolder(lock));
    reached("file_lock_awaited");
    await systemClock.sleep(
      Math.min(pause * (0.5 + Math.random()), Math.max(1, patience.until - Date.now())),
      options.signal,
    );
    pause = Math.min(pause * 1.5, POLL_MS.max);
  }
}

export async function withFileLock<T>(path: string, options: FileLockOptions, work: () => Promise<T>): Promise<T> {
  const lock = await acquireFileLock(path, options);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Who holds the lock of a file, if that is somebody who lives. */
export async function lockOwner(path: string): Promise<LockOwner | undefined> {
  const holder = await readHolder(await lockPathOf(path));
  return holder === undefined || holder.dead ? undefined : holder.owner;
}

/** Beside what the path leads to, so that two ways to one file share one lock. Makes the folder if need be. */
async function lockPathOf(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const target = await followLink(path);
    return join(await followLink(dirname(target)), `${basename(target)}.lock`);
  } catch (error) {
    return refuse(path)(error);
  }
}

async function tryTake(path: string, lock: string, purpose = "work on it"): Promise<FileLock | undefined> {
  const owner = newOwner(purpose);
  const lost = new AbortController();
  try {
    const unlock = await loadProperLockfile().lock(lock, properLockOptions(lock, owner, lost));
    const release = once(() => unlock().catch(ignoreReleased));
    return { release, [Symbol.asyncDispose]: release, lost: lost.signal };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ELOCKED") return undefined;
    return refuse(path)(error);
  }
}

/**
 * proper-lockfile renews the lock, notices its loss and removes it on exit; when an owner counts as gone is decided
 * here, so its own judgement by age is switched off.
 */
function properLockOptions(lock: string, owner: LockOwner, lost: AbortController): LockOptions {
  return {
    lockfilePath: lock,
    realpath: false,
    stale: Number.POSITIVE_INFINITY,
    update: RENEW_MS,
    onCompromised: (error) => lost.abort(error),
    fs: lockFileSystem(owner),
  };
}

type Done = (error: Error | null) => void;

/** The file system as proper-lockfile sees it: making and removing the lock's folder means claiming and releasing. */
function lockFileSystem(owner: LockOwner) {
  return {
    mkdir: (path: string, done: Done) => {
      claim(path, owner).then((won) => done(won ? null : Object.assign(new Error("held"), { code: "EEXIST" })), done);
    },
    rmdir: (path: string, done: Done) => {
      relinquish(path, owner.token).then(() => done(null), done);
    },
    /** Only used while the process exits, when nothing asynchronous runs any more. */
    rmdirSync: (path: string) => {
      const held = JSON.parse(nodeFs.readFileSync(join(path, "owner.json"), "utf8")) as LockOwner;
      if (held.token === owner.token) nodeFs.rmSync(path, { recursive: true, force: true });
    },
    stat: nodeFs.stat,
    utimes: nodeFs.utimes,
    realpath: nodeFs.realpath,
  };
}

let loaded: typeof import("proper-lockfile") | undefined;

/**
 * Importing proper-lockfile hooks every deadly signal of the process, which would end it in the middle of an orderly
 * stop. The hooks are taken out again; the one for a plain exit stays. A lock left by a signal belongs to a dead owner.
 * Synchronous, so that nobody else's handler can be taken for one of these.
 */
function loadProperLockfile(): typeof import("proper-lockfile") {
  if (loaded !== undefined) return loaded;
  const hooked: [string | symbol, (...args: unknown[]) => void][] = [];
  const note = (event: string | symbol, listener: (...args: unknown[]) => void) => {
    if (String(event).startsWith("SIG")) hooked.push([event, listener]);
  };
  process.on("newListener", note);
  try {
    loaded = createRequire(import.meta.url)("proper-lockfile") as typeof import("proper-lockfile");
  } finally {
    process.off("newListener", note);
    for (const [event, listener] of hooked) process.off(event, listener);
  }
  return loaded;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= work();
    return result;
  };
}

/** A lock that was lost is not there to be released; `lost` has said so. */
function ignoreReleased(error: NodeJS.ErrnoException): void {
  if (error.code !== "ERELEASED" && error.code !== "ENOTACQUIRED") throw error;
}

function refuse(path: string): (error: unknown) => never {
  return (error) => {
    if (error instanceof SluiceError) throw error;
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    const message = `locking ${path}: ${code}. Check the permissions of ${dirname(path)} and the free space of its disk.`;
    throw new SluiceError("file_unwritable", message, { cause: error, details: { path, errno: code } });
  };
}

function lockedError(path: string, holder: LockHolder | undefined): SluiceError {
  const owner = holder?.owner;
  const who =
    owner === undefined
      ? "another process"
      : `process ${owner.pid} on ${owner.host} (${owner.purpose}, since ${owner.since})`;
  const message = `locking ${path}: ${who} holds it. Wait for that process to finish, or end it, and try again.`;
  const details = owner === undefined ? { path } : { path, pid: owner.pid, purpose: owner.purpose, since: owner.since };
  return new SluiceError("file_locked", message, { details });
}
