import type { Stats } from "ssh2";
import { ConnectorError } from "../connector-error.ts";
import { type FileStore, type FoundFile, type OpenFile, type OpenHow, proofOf } from "../file-source/file-store.ts";
import { listRemote } from "./list-remote.ts";
import type { SftpSession } from "./sftp-session.ts";
import { SftpStatus, statusFailure } from "./sftp-status.ts";

/** Times of SFTP are whole seconds of the server's clock: a file that changed so shortly ago may change unnoticed. */
const FRESH_MS = 60_000;

/** What every server answers at once; the library would make two requests of more. */
const REQUEST_BYTES = 31 * 1024;
/** Asked for at the same time: what a line with some delay can hold. */
const BLOCK_BYTES = 32 * REQUEST_BYTES;
/** Enough to see how a file is written, which is all that many readers want. */
const FIRST_BYTES = 4 * REQUEST_BYTES;

/** The server says that nothing follows. */
const EOF = 1;

/** The files of a server. Relative paths start where the login does; globs follow the rules that hold for files. */
export function sftpStore(session: SftpSession): FileStore {
  return {
    list: (pattern) => listRemote(session, pattern),
    open: (file, how) => RemoteFile.open(session, file, how),
  };
}

class RemoteFile implements OpenFile {
  readonly size: number;
  readonly proof: string | undefined;
  readonly #session: SftpSession;
  readonly #file: FoundFile;
  readonly #handle: Buffer;
  readonly #how: OpenHow;
  readonly #seen: string;

  private constructor(
    session: SftpSession,
    file: FoundFile,
    { handle, stats, how }: { handle: Buffer; stats: Stats; how: OpenHow },
  ) {
    this.size = stats.size;
    this.#seen = proofOfStats(stats);
    this.proof = Date.now() - stats.mtime * 1000 < FRESH_MS ? undefined : this.#seen;
    this.#session = session;
    this.#file = file;
    this.#handle = handle;
    this.#how = how;
  }

  static async open(session: SftpSession, file: FoundFile, how: OpenHow): Promise<RemoteFile> {
    const doing = `opening ${file.key}`;
    try {
      const handle = await session.call<Buffer>(doing, (sftp, done) => sftp.open(file.path, "r", done));
      const stats = await session.call<Stats>(doing, (sftp, done) => sftp.fstat(handle, done));
      return new RemoteFile(session, file, { handle, stats, how });
    } catch (error) {
      throw statusFailure(error, doing, file.key);
    }
  }

  async read(position: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, this.size - position)));
    const parts: Promise<void>[] = [];
    for (let at = 0; at < bytes.length; at += REQUEST_BYTES) {
      parts.push(this.#fill(bytes.subarray(at, at + REQUEST_BYTES), position + at));
    }
    await Promise.all(parts);
    return bytes;
  }

  /** The next block is under way while the caller works on the one it has. */
  async *chunks(position: number): AsyncGenerator<Uint8Array> {
    let pending: Promise<Buffer> | undefined;
    try {
      for (let at = position; at < this.size; ) {
        this.#how.signal.throwIfAborted();
        const isFirst = at === position;
        const block = await (pending ?? this.read(at, isFirst ? FIRST_BYTES : BLOCK_BYTES));
        at += block.length;
        if (!isFirst) pending = this.#ahead(at);
        for (let from = 0; from < block.length; from += this.#how.chunkBytes)
          yield block.subarray(from, from + this.#how.chunkBytes);
      }
    } finally {
      await pending?.catch(() => undefined);
    }
  }

  async look(): Promise<{ touched: boolean; grown: boolean }> {
    const now = await this.#session.call<Stats>(`looking at ${this.#file.key}`, (sftp, done) =>
      sftp.fstat(this.#handle, done),
    );
    return { touched: proofOfStats(now) !== this.#seen, grown: now.size > this.size };
  }

  async close(): Promise<void> {
    await this.#session
      .call<void>(`closing ${this.#file.key}`, (sftp, done) => sftp.close(this.#handle, done))
      .catch(() => undefined);
  }

  #ahead(at: number): Promise<Buffer> {
    const reading = this.read(at, BLOCK_BYTES);
    reading.catch(() => undefined);
    return reading;
  }

  /** A server may answer with less than was asked for. */
  async #fill(into: Buffer, position: number): Promise<void> {
    const doing = `reading ${this.#file.key}`;
    for (let filled = 0; filled < into.length; ) {
      const rest = into.length - filled;
      const count = await this.#session
        .call<number>(doing, (sftp, done) => sftp.read(this.#handle, into, filled, rest, position + filled, done))
        .catch((error: unknown) => {
          if (error instanceof SftpStatus && error.status === EOF) return 0;
          throw statusFailure(error, doing, this.#file.key);
        });
      if (count === 0) throw shrunk(this.#file.key, this.size);
      filled += count;
    }
  }
}

export function proofOfStats({ size, mtime }: Pick<Stats, "size" | "mtime">): string {
  return proofOf(size, mtime);
}

function shrunk(key: string, size: number): ConnectorError {
  const message = `reading ${key}: it had ${size} bytes when it was opened and became shorter while it was read. Run again when its writer has finished.`;
  return new ConnectorError("source_changed_while_read", message, { details: { file: key, size } });
}
