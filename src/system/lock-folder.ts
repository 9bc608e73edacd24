import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import {
  identityInName,
  identityOfName,
  type ProcessIdentity,
  processStatus,
  thisProcess,
} from "./process-identity.ts";

/**
 * A lock is a folder with `owner.json` in it, moved into place whole: it never exists without saying whose it is, and
 * a folder that holds no owner is no lock (a rename replaces an empty folder).
 *
 * Taking over from a dead owner. Two processes can both find the owner dead, and the slower one must not remove the
 * lock that the faster one has just taken. So an owner T is removed only by T itself or by whoever holds the lock
 * `<lock>.break-T` and has seen T still there while holding it. Tokens are never used twice, so whoever comes late
 * finds another owner, or none, and does nothing. A breaker that dies leaves a lock that is broken by the same rule.
 */

export interface LockOwner {
  pid: number;
  host: string;
  /** What the lock is held for, in words for people. */
  purpose: string;
  /** When it was taken, ISO 8601. */
  since: string;
  started: string;
  /** Unique to this taking of the lock. */
  token: string;
}

export interface LockHolder {
  token: string;
  /** Missing where the owner's file is damaged or may not be read. */
  owner: LockOwner | undefined;
  dead: boolean;
}

/**
 * Age at which the lock of an owner that cannot be seen from here (another machine, another container, another boot)
 * counts as abandoned. Owners renew theirs every few seconds, so this is many missed renewals.
 */
export const ABANDONED_AFTER_MS = 20_000;

const OWNER_FILE = "owner.json";
/** Stands between the lock's name and whose folder it is that is about to become the lock. */
const NEW = ".new-";

export function newOwner(purpose: string): LockOwner {
  const { pid, started }: ProcessIdentity = thisProcess();
  return { pid, host: hostname(), purpose, since: new Date().toISOString(), started, token: randomUUID() };
}

/** Takes the lock if nobody has it. Throws what the file system throws otherwise than for a lock that is held. */
export async function claim(lock: string, owner: LockOwner): Promise<boolean> {
  const candidate = `${lock}${NEW}${identityInName(owner)}.${owner.token}`;
  try {
    await mkdir(candidate);
    await writeFile(join(candidate, OWNER_FILE), `${JSON.stringify(owner)}\n`);
    await rename(candidate, lock);
    return true;
  } catch (error) {
    await rm(candidate, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOTEMPTY" || code === "EEXIST") return false;
    throw error;
  }
}

/** Gives the lock up, unless it has become somebody else's. */
export async function relinquish(lock: string, token: string): Promise<void> {
  const holder = await readHolder(lock);
  if (holder?.token === token) await removeOwner(lock);
}

export async function readHolder(lock: string): Promise<LockHolder | undefined> {
  const owner = await readOwner(lock);
  if (owner === "none") return undefined;
  const known = owner === "unreadable" ? undefined : owner;
  const status = known === undefined ? "elsewhere" : processStatus(known);
  if (known !== undefined && status !== "elsewhere") {
    return { token: known.token, owner: known, dead: status === "dead" };
  }
  const folder = await stat(lock).catch(() => undefined);
  if (folder === undefined) return undefined;
  const dead = Date.now() - folder.mtimeMs > ABANDONED_AFTER_MS;
  return { token: known?.token ?? `inode-${folder.ino}`, owner: known, dead };
}

/** Removes a dead owner, unless somebody else is at it already; look again in a moment. */
export async function breakLock(lock: string, dead: LockHolder): Promise<void> {
  await breakUnder(lock, lock, dead);
}

/** What crashes have left beside a lock. Only for the lock's holder: see the rule above for why that is safe. */
export async function sweep(lock: string): Promise<void> {
  const prefix = `${basename(lock)}.`;
  for (const name of await readdir(dirname(lock))) {
    if (!name.startsWith(prefix)) continue;
    const path = join(dirname(lock), name);
    if (name.includes(NEW)) {
      if (await isAbandoned(path)) await rm(path, { recursive: true, force: true });
    } else if (name.startsWith(`${prefix}break-`)) {
      await removeOwner(path);
    }
  }
}

async function breakUnder(base: string, lock: string, dead: LockHolder): Promise<void> {
  const breaker = `${base}.break-${dead.token}`;
  const me = newOwner("taking over from a dead owner");
  if (!(await claim(breaker, me))) {
    const other = await readHolder(breaker);
    if (other?.dead) await breakUnder(base, breaker, other);
    return;
  }
  try {
    if ((await readHolder(lock))?.token === dead.token) await removeOwner(lock);
  } finally {
    await relinquish(breaker, me.token);
  }
}

async function readOwner(lock: string): Promise<LockOwner | "none" | "unreadable"> {
  try {
    const owner: unknown = JSON.parse(await readFile(join(lock, OWNER_FILE), "utf8"));
    return isOwner(owner) ? owner : "unreadable";
  } catch (error) {
    if (error instanceof SyntaxError) return "unreadable";
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "none";
    if (code === "EACCES") return "unreadable";
    throw error;
  }
}

function isOwner(value: unknown): value is LockOwner {
  if (typeof value !== "object" || value === null) return false;
  const { pid, started, token } = value as Record<string, unknown>;
  return typeof pid === "number" && typeof started === "string" && typeof token === "string" && token !== "";
}

/** From the first step on the lock is free; the empty folder may already be someone's again when it is to go. */
async function removeOwner(lock: string): Promise<void> {
  await unlink(join(lock, OWNER_FILE)).catch(ignore("ENOENT"));
  await rmdir(lock).catch(ignore("ENOENT", "ENOTEMPTY", "EEXIST"));
}

/** Its maker may have been killed before it could write whose it is. */
async function isAbandoned(candidate: string): Promise<boolean> {
  const [, maker = ""] = /\.new-([^.]+)\.[^.]+$/.exec(candidate) ?? [];
  const identity = identityOfName(maker);
  const status = identity === undefined ? "elsewhere" : processStatus(identity);
  if (status !== "elsewhere") return status === "dead";
  const folder = await stat(candidate).catch(() => undefined);
  return folder !== undefined && Date.now() - folder.mtimeMs > ABANDONED_AFTER_MS;
}

function ignore(...codes: string[]): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (!codes.includes(error.code ?? "")) throw error;
  };
}
