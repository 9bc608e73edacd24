import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { SluiceError } from "../core/errors.ts";
import { makeFolder } from "../system/make-folder.ts";
import { logPath, type RunName } from "./artifact-names.ts";

/** Whoever follows a log sees an event at most this much later. */
const FLUSH_EVERY_MS = 100;

/** A burst of events is written as soon as this much has gathered, so that it does not gather in memory. */
const FLUSH_AT_CHARS = 256 * 1024;

export interface EventLog {
  readonly path: string;
  /** Takes one line without its line feed. Buffered; never throws: see `failure`. */
  write(line: string): void;
  /** The first write that failed. From then on nothing more is written. */
  failure(): Error | undefined;
  /** Resolves when everything taken so far is in the file, or has failed. */
  flush(): Promise<void>;
  /** Flushes, syncs to the disk and closes. Never throws. */
  close(): Promise<void>;
}

/** Makes the log of a new run. Throws `artifacts_unwritable`. */
export async function openEventLog(folder: string, run: RunName): Promise<EventLog> {
  const path = logPath(folder, run);
  try {
    await makeFolder(dirname(path));
    return new BufferedLog(path, await open(path, "a"));
  } catch (error) {
    throw artifactsUnwritable(`making the event log ${path}`, error);
  }
}

const REASONS: Record<string, string> = {
  EACCES: "permission denied",
  EEXIST: "a file stands where a folder should be",
  ENOSPC: "the disk is full",
  ENOTDIR: "a file stands where a folder should be",
  EPERM: "not permitted",
  EROFS: "the disk is mounted read-only",
};

export function artifactsUnwritable(doing: string, cause: unknown): SluiceError {
  const { code = "unknown error" } = cause as NodeJS.ErrnoException;
  const todo = "Check the permissions of its folder and the free space of its disk, then run again.";
  const reason = REASONS[code] === undefined ? code : `${REASONS[code]} (${code})`;
  return new SluiceError("artifacts_unwritable", `${doing}: ${reason}. ${todo}`, { cause, details: { errno: code } });
}

class BufferedLog implements EventLog {
  readonly path: string;
  readonly #file: FileHandle;
  #lines: string[] = [];
  #chars = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failure: Error | undefined;
  #closed = false;

  constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  write(line: string): void {
    if (this.#failure !== undefined || this.#closed) return;
    this.#lines.push(line);
    this.#chars += line.length + 1;
    if (this.#chars >= FLUSH_AT_CHARS) void this.flush();
    else this.#timer ??= setTimeout(() => void this.flush(), FLUSH_EVERY_MS);
  }

  failure(): Error | undefined {
    return this.#failure;
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0) return this.#writing;
    const text = `${this.#lines.join("\n")}\n`;
    this.#lines = [];
    this.#chars = 0;
    this.#writing = this.#writing.then(() => this.#attempt(() => this.#file.appendFile(text)));
    return this.#writing;
  }

  async close(): Promise<void> {
    if (this.#closed) return this.#writing;
    const flushed = this.flush();
    this.#closed = true;
    this.#writing = flushed.then(async () => {
      await this.#attempt(() => this.#sync());
      await this.#file.close().catch((error: Error) => this.#fail(error));
    });
    await this.#writing;
  }

  /** Some disks report that they are full only here. Devices and pipes have nothing to sync. */
  async #sync(): Promise<void> {
    await this.#file.datasync().catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EINVAL" && error.code !== "ENOTSUP") throw error;
    });
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) return;
    await work().catch((error: Error) => this.#fail(error));
  }

  #fail(error: Error): void {
    this.#failure ??= artifactsUnwritable(`writing the event log ${this.path}`, error);
    this.#lines = [];
  }
}
