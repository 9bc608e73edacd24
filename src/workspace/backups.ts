import { chmod, mkdir, readdir, readFile, stat, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { compactTimestamp } from "../core/time.ts";
import { writeFileExclusive } from "../system/atomic-file.ts";
import type { Workspace } from "./locate.ts";

/** Newest backups of a file that are kept. */
const KEPT = 100;
/** Beyond those, the last backup of each day is kept for as many days, so that busy schedules leave a history. */
const KEPT_DAYS = 90;

/**
 * Copies a file to `backups/<file>.<time>.bak` with the same permissions, or those given, and returns the copy's path. Never
 * overwrites. To be called while the file's lock is held.
 */
export async function backupFile(ws: Workspace, path: string, options: { mode?: number } = {}): Promise<string> {
  const folder = ws.paths.backups;
  if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o700);
  const content = await readFile(path);
  const mode = options.mode ?? (await stat(path)).mode & 0o777;
  const backup = await writeUnderFreeName(join(folder, basename(path)), content, mode);
  await prune(folder, basename(path));
  return backup;
}

export interface Backup {
  path: string;
  /** When it was made, as in its name: `20261120T120000000Z`. */
  time: string;
}

/** The backups of a file, newest first. */
export async function listBackups(ws: Workspace, path: string): Promise<Backup[]> {
  const file = basename(path);
  const names = await readdir(ws.paths.backups).catch(() => []);
  return backupsAmong(names, file)
    .reverse()
    .map((name) => ({ path: join(ws.paths.backups, name), time: name.slice(file.length + 1, -".bak".length) }));
}

async function writeUnderFreeName(stem: string, content: Uint8Array, mode: number): Promise<string> {
  const time = compactTimestamp(Date.now());
  for (let n = 1; ; n++) {
    const path = `${stem}.${time}${n === 1 ? "" : `-${String(n).padStart(3, "0")}`}.bak`;
    try {
      await writeFileExclusive(path, content, { mode });
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Nobody else writes a backup of the file meanwhile, so a temporary one was left by a process that was killed. */
async function prune(folder: string, file: string): Promise<void> {
  const names = await readdir(folder);
  const backups = backupsAmong(names, file);
  const unfinished = names.filter((name) => isUnfinishedOf(file, name));
  for (const name of [...expired(backups, file.length + 1), ...unfinished]) {
    await unlink(join(folder, name)).catch(() => {});
  }
}

/** Oldest first. A second one of the same moment has a longer name, which the ending would put before the first. */
function backupsAmong(names: readonly string[], file: string): string[] {
  const time = (name: string) => name.slice(0, -".bak".length);
  return names.filter((name) => isBackupOf(file, name)).sort((a, b) => (time(a) < time(b) ? -1 : 1));
}

function isBackupOf(file: string, name: string): boolean {
  return name.startsWith(`${file}.`) && /^\d{8}T\d{9}Z(-\d+)?\.bak$/.test(name.slice(file.length + 1));
}

function isUnfinishedOf(file: string, name: string): boolean {
  const [, backup] = /^\.(.+)\.\d+-[0-9a-f]{8}\.tmp$/.exec(name) ?? [];
  return backup !== undefined && isBackupOf(file, backup);
}

/** `names` oldest first; the day stands at `dayAt`. */
function expired(names: readonly string[], dayAt: number): string[] {
  const old = names.slice(0, -KEPT);
  const lastOfDay = new Map(old.map((name) => [name.slice(dayAt, dayAt + 8), name]));
  const kept = new Set([...lastOfDay.values()].slice(-KEPT_DAYS));
  return old.filter((name) => !kept.has(name));
}
