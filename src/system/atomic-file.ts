import { randomBytes } from "node:crypto";
import { renameSync, type Stats } from "node:fs";
import {
  type FileHandle,
  link,
  lstat,
  open,
  readdir,
  readlink,
  realpath,
  stat,
  unlink,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SluiceError } from "../core/errors.ts";
import { type Milestone, reached } from "../core/milestones.ts";
import { replaceUnchanged } from "./replace-file.ts";

/** Every write goes to a temporary file in the same folder first: whoever reads sees the old content or the new one. */

export interface AtomicWriteOptions {
  /** Permission bits. Without it the file keeps those it has; a new one gets what the umask leaves of 0666. */
  mode?: number;
}

export interface MakeOptions extends AtomicWriteOptions {
  /** What is reached right before and right after the file is there under its name. */
  milestones?: readonly [Milestone, Milestone];
}

export interface ReplaceOptions extends AtomicWriteOptions {
  /** What the file must hold when it is replaced; undefined: it must not be there. Else Overtaken is thrown. */
  expected?: string | undefined;
}

/** An editor that was just opening the file as it was replaced has waited for the same disk, and writes into it now. */
const GRACE_MS = 5;

/** No write takes this long, on whatever machine that shares the folder. */
const ABANDONED_AFTER_MS = 3_600_000;

/**
 * Replaces a file whole and durably. A symlink stays a symlink: what it points at is replaced.
 * Throws `file_unwritable`, or Overtaken (see `expected`); the old file, or what somebody else has saved, stands then.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: ReplaceOptions = {},
): Promise<void> {
  try {
    const target = await followLink(path);
    const old = await statOrUndefined(target);
    const mode = options.mode ?? (old === undefined ? undefined : old.mode & 0o7777);
    const temporary = await writeTemporary(target, data, { mode, old });
    try {
      reached("before_file_replaced");
      const settle = "expected" in options ? replaceUnchanged(temporary, target, options.expected) : undefined;
      if (settle === undefined) renameSync(temporary, target);
      reached("after_file_replaced");
      await syncFolder(dirname(target));
      if (settle !== undefined) {
        await sleep(GRACE_MS);
        settle();
      }
    } catch (error) {
      await unlink(temporary).catch(() => {});
      throw error;
    }
    await clearLeftovers(target).catch(() => {});
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Makes a new file whole and durably. Fails with `EEXIST`, as node does, when the path is taken. */
export async function writeFileExclusive(
  path: string,
  data: string | Uint8Array,
  options: MakeOptions = {},
): Promise<void> {
  const [before, after] = options.milestones ?? ["before_file_made", "after_file_made"];
  try {
    const temporary = await writeTemporary(path, data, { mode: options.mode, old: undefined });
    try {
      reached(before);
      await publish(temporary, path, data, options);
      reached(after);
    } finally {
      await unlink(temporary).catch(() => {});
    }
    await syncFolder(dirname(path));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "EEXIST" ? error : unwritable(path, error);
  }
}

/** What a path means once symlinks are followed, even where the last one points at nothing yet. */
export async function followLink(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const isLink = (await lstat(path).catch(() => undefined))?.isSymbolicLink() ?? false;
  return isLink ? followLink(resolve(dirname(path), await readlink(path))) : resolve(path);
}

interface TemporaryFile {
  mode: number | undefined;
  /** The file that will be replaced: its owner is kept when root writes. */
  old: Stats | undefined;
}

async function writeTemporary(target: string, data: string | Uint8Array, how: TemporaryFile): Promise<string> {
  const path = join(dirname(target), `.${basename(target)}.${process.pid}-${randomBytes(4).toString("hex")}.tmp`);
  const file = await open(path, "wx", how.mode ?? 0o666);
  try {
    await adopt(file, how);
    await file.writeFile(data);
    await file.sync();
  } catch (error) {
    await unlink(path).catch(() => {});
    throw error;
  } finally {
    await file.close();
  }
  return path;
}

/** Mode bits exactly as asked, whatever the umask; ownership as it was where we may set it. */
async function adopt(file: FileHandle, { mode, old }: TemporaryFile): Promise<void> {
  if (old !== undefined && process.getuid?.() === 0) await file.chown(old.uid, old.gid);
  if (mode !== undefined) await file.chmod(mode);
}

/** A hard link fails where the name is taken, which a rename does not. Some file systems have no hard links. */
async function publish(
  temporary: string,
  path: string,
  data: string | Uint8Array,
  { mode }: AtomicWriteOptions,
): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS") throw error;
    await writeFile(path, data, { flag: "wx", flush: true, ...(mode === undefined ? {} : { mode }) });
  }
}

/** The rename itself must reach the disk. Some file systems cannot sync a folder; they have nothing to sync. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EINVAL" && code !== "ENOTSUP" && code !== "EBADF") throw error;
  } finally {
    await folder.close();
  }
}

/** A process that was killed while it wrote has left its temporary file behind, which may hold secrets. */
async function clearLeftovers(target: string): Promise<void> {
  const prefix = `.${basename(target)}.`;
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(prefix) || !/^\d+-[0-9a-f]{8}\.tmp$/.test(name.slice(prefix.length))) continue;
    const path = join(dirname(target), name);
    if (Date.now() - (await stat(path)).mtimeMs > ABANDONED_AFTER_MS) await unlink(path);
  }
}

async function statOrUndefined(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
}

function unwritable(path: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (!(cause instanceof Error) || typeof code !== "string" || cause instanceof SluiceError) return cause;
  const message = `writing ${path}: ${code}. Nothing was changed. Check the permissions of its folder and the free space of its disk.`;
  return new SluiceError("file_unwritable", message, { cause, details: { path, errno: code } });
}
