import type { BigIntStats } from "node:fs";
import { type FileHandle, glob, open, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { ConnectorError } from "../connector-error.ts";
import { readFileChunks } from "../formats/file-chunks.ts";
import { type FileStore, type FoundFile, type OpenFile, type OpenHow, proofOf } from "./file-store.ts";
import { isGlob } from "./glob.ts";

/** A file changed again so soon after it was read may keep its times, as far as their resolution goes. */
const FRESH_MS = 2_000;

/**
 * The files of this machine. Paths start at the workspace; globs follow Node's rules: `*`, `**`, `?`, `{a,b}`, `[ab]`,
 * and no hidden files.
 */
export function localStore(workspace: string): FileStore {
  return { list: (pattern) => filesOf(pattern, workspace), open: LocalFile.open };
}

async function* filesOf(pattern: string, workspace: string): AsyncGenerator<FoundFile> {
  for await (const { path, stats } of matches(pattern, workspace)) {
    yield asFound(path, keyOf(path, pattern, workspace), stats);
  }
}

interface Match {
  path: string;
  stats: BigIntStats;
}

/** What a file system says of a file is ten times as large as what is kept of it: of thousands not all are looked at at once. */
const LOOKED_AT_ONCE = 256;

async function* matches(pattern: string, workspace: string): AsyncGenerator<Match> {
  const literal = await lookAt(resolve(workspace, pattern));
  if (literal !== undefined) return yield literal;
  if (!isGlob(pattern)) throw notFound(pattern, resolve(workspace, pattern));
  let paths: string[] = [];
  for await (const entry of glob(pattern, { cwd: workspace })) {
    if (paths.push(resolve(workspace, entry)) < LOOKED_AT_ONCE) continue;
    yield* await filesAt(paths);
    paths = [];
  }
  yield* await filesAt(paths);
}

async function filesAt(paths: readonly string[]): Promise<Match[]> {
  const found = await Promise.all(paths.map(lookAt));
  return found.filter((match) => match?.stats.isFile() === true) as Match[];
}

async function lookAt(path: string): Promise<Match | undefined> {
  const stats = await stat(path, { bigint: true }).catch(() => undefined);
  return stats === undefined ? undefined : { path, stats };
}

function asFound(path: string, key: string, stats: BigIntStats): FoundFile {
  return { key, path, size: Number(stats.size), proof: proofOfStats(stats) };
}

/** From the workspace, so that it may move; absolute where the pattern is, which means that very place. */
function keyOf(path: string, pattern: string, workspace: string): string {
  return isAbsolute(pattern) ? path : relative(workspace, path).split(sep).join("/");
}

class LocalFile implements OpenFile {
  readonly size: number;
  readonly proof: string | undefined;
  readonly #file: FoundFile;
  readonly #handle: FileHandle;
  readonly #stats: BigIntStats;
  readonly #how: OpenHow;

  private constructor(file: FoundFile, how: OpenHow, { handle, stats }: { handle: FileHandle; stats: BigIntStats }) {
    this.size = Number(stats.size);
    this.proof = isFresh(stats, Date.now()) ? undefined : proofOfStats(stats);
    this.#file = file;
    this.#handle = handle;
    this.#stats = stats;
    this.#how = how;
  }

  static async open(file: FoundFile, how: OpenHow): Promise<LocalFile> {
    const handle = await openHandle(file);
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile()) return new LocalFile(file, how, { handle, stats });
    await handle.close();
    throw notAFile(file.key, stats.isDirectory());
  }

  async read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, this.size - position)));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, filled, bytes.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  chunks(position: number): AsyncIterable<Uint8Array> {
    return readFileChunks(this.#handle, { name: this.#file.key, from: position, bound: this.size, ...this.#how });
  }

  async look(): Promise<{ touched: boolean; grown: boolean }> {
    const now = await this.#handle.stat({ bigint: true });
    return { touched: proofOfStats(now) !== proofOfStats(this.#stats), grown: now.size > this.#stats.size };
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function proofOfStats({ size, mtimeNs, ctimeNs, ino }: BigIntStats): string {
  return proofOf(size, mtimeNs, ctimeNs, ino);
}

/** Whether the file changed so shortly before `now` (ms since the epoch) that its times prove nothing. */
function isFresh(stats: BigIntStats, now: number): boolean {
  return now - Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs)) < FRESH_MS;
}

async function openHandle({ key, path }: FoundFile): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      throw new ConnectorError("source_not_found", `opening ${key}: it does not exist. Check the option \`path\`.`, {
        cause,
        details: { file: key },
      });
    }
    throw new ConnectorError("source_unreadable", `opening ${key}: ${message}. Check its permissions.`, {
      cause,
      details: { file: key },
    });
  }
}

function notAFile(key: string, folder: boolean): ConnectorError {
  const hint = folder
    ? `it is a folder. Name its files in the option \`path\`: ${key}/*.csv`
    : "it is not a regular file.";
  return new ConnectorError("source_unreadable", `opening ${key}: ${hint}`, { details: { file: key } });
}

function notFound(pattern: string, path: string): ConnectorError {
  const place = path === pattern ? "" : ` (${path})`;
  return new ConnectorError(
    "source_not_found",
    `looking for ${pattern}: there is no such file${place}. Check the option \`path\`; relative paths start at the workspace.`,
    { details: { path: pattern } },
  );
}
