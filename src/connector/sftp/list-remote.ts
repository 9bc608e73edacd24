import { posix } from "node:path";
import type { FileEntryWithStats, Stats } from "ssh2";
import { ConnectorError } from "../connector-error.ts";
import { type FoundFile, proofOf } from "../file-source/file-store.ts";
import { fixedPrefix, isGlob, matchesGlob } from "../file-source/glob.ts";
import type { SftpSession } from "./sftp-session.ts";
import { statusFailure } from "./sftp-status.ts";

/** The files that the pattern names. Links are followed. */
export function listRemote(session: SftpSession, pattern: string): AsyncGenerator<FoundFile> {
  return isGlob(pattern) ? matching(session, pattern) : single(session, pattern);
}

async function* single(session: SftpSession, path: string): AsyncGenerator<FoundFile> {
  const stats = await look(session, path);
  if (!stats.isDirectory()) return yield asFound(path, stats);
  const message = `opening ${path}: it is a folder. Name its files in the option \`path\`: ${posix.join(path, "*.csv")}`;
  throw new ConnectorError("source_unreadable", message, { details: { file: path } });
}

async function* matching(session: SftpSession, pattern: string): AsyncGenerator<FoundFile> {
  const prefix = fixedPrefix(pattern);
  yield* walk(session, prefix.slice(0, prefix.lastIndexOf("/") + 1), pattern);
}

/** Goes only into folders that something can match in. */
async function* walk(session: SftpSession, folder: string, pattern: string): AsyncGenerator<FoundFile> {
  for (const { filename, attrs } of await entriesOf(session, folder)) {
    const path = folder + filename;
    const mayHold = leadsTo(path, pattern);
    if (!mayHold && !matchesGlob(path, pattern)) continue;
    const stats = attrs.isSymbolicLink() ? await look(session, path).catch(() => undefined) : attrs;
    if (stats?.isFile() && matchesGlob(path, pattern)) yield asFound(path, stats);
    else if (stats?.isDirectory() && mayHold) yield* walk(session, `${path}/`, pattern);
  }
}

function leadsTo(path: string, pattern: string): boolean {
  const wanted = pattern.split("/");
  const depth = path.split("/").length;
  const open = wanted.indexOf("**");
  if (open !== -1 && depth > open)
    return !posix.basename(path).startsWith(".") && matchesGlob(path, [...wanted.slice(0, open), "**"].join("/"));
  return depth < wanted.length && matchesGlob(path, wanted.slice(0, depth).join("/"));
}

async function entriesOf(session: SftpSession, folder: string): Promise<FileEntryWithStats[]> {
  const path = folder === "" ? "." : folder;
  const doing = `listing ${path}`;
  try {
    return await session.call<FileEntryWithStats[]>(doing, (sftp, done) => sftp.readdir(path, done));
  } catch (error) {
    throw statusFailure(error, doing, path);
  }
}

async function look(session: SftpSession, path: string): Promise<Stats> {
  const doing = `looking for ${path}`;
  try {
    return await session.call<Stats>(doing, (sftp, done) => sftp.stat(path, done));
  } catch (error) {
    throw statusFailure(error, doing, path);
  }
}

function asFound(path: string, { size, mtime }: Stats): FoundFile {
  return { key: path, path, size, proof: proofOf(size, mtime) };
}
