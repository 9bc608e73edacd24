import { type FileHandle, open } from "node:fs/promises";

/** A line by its place in the file. */
export interface LogLine {
  /** Of its first byte. */
  offset: number;
  text: string;
}

/** Looked at in one turn: small enough that keys are answered in between. */
const CHUNK_BYTES = 512 * 1024;
/** The same where every line is judged. */
const JUDGED_CHUNK_BYTES = 128 * 1024;
/** Of so many lines the first one's offset is kept. */
const STRIDE = 64;
/** A window of lines is read in pieces of this size. */
const PIECE_BYTES = 64 * 1024;
/** Read at once when one is looked for. */
const FOUND_LINES = 1_000;
const NEWLINE = 0x0a;

/**
 * The lines of a file that may be huge and may grow, numbered from 0, or only those that are `wanted`. `scan` looks
 * through what it has not seen yet; what it has seen can be read at once, by offsets.
 */
export class LogLines {
  readonly #file: FileHandle;
  readonly #wanted: ((line: string) => boolean) | undefined;
  /** Offsets of every line that is wanted, or of every STRIDE-th where all are. */
  readonly #offsets: number[] = [];
  #count = 0;
  /** Up to the end of the last whole line. */
  #scanned = 0;
  #size = 0;

  private constructor(file: FileHandle, wanted: ((line: string) => boolean) | undefined) {
    this.#file = file;
    this.#wanted = wanted;
  }

  static async open(path: string, wanted?: (line: string) => boolean): Promise<LogLines> {
    return new LogLines(await open(path, "r"), wanted);
  }

  get count(): number {
    return this.#count;
  }

  /** Of the file that was looked through, from 0 to 1. */
  get progress(): number {
    return this.#size === 0 ? 1 : this.#scanned / this.#size;
  }

  /** Looks through the file to its end as it is now, and tells after each piece. A line without an end is left for later. */
  async scan(signal: AbortSignal, onProgress: () => void): Promise<void> {
    this.#size = (await this.#file.stat()).size;
    const usual = this.#wanted === undefined ? CHUNK_BYTES : JUDGED_CHUNK_BYTES;
    // One buffer for all pieces: hundreds of megabytes would wait for the collector otherwise.
    let buffer = Buffer.allocUnsafe(usual);
    while (!signal.aborted && this.#scanned < this.#size) {
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#scanned);
      const chunk = buffer.subarray(0, bytesRead);
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      if (end === 0) {
        if (this.#scanned + chunk.length >= this.#size) return;
        buffer = Buffer.allocUnsafe(buffer.length * 2);
        continue;
      }
      this.#take(chunk.subarray(0, end));
      if (buffer.length > usual) buffer = Buffer.allocUnsafe(usual);
      onProgress();
    }
  }

  /** Lines by their numbers; fewer where there are no more. */
  async read(first: number, count: number): Promise<LogLine[]> {
    const from = Math.max(0, first);
    const to = Math.min(first + count, this.#count);
    if (to <= from) return [];
    if (this.#wanted === undefined) return this.#readOn(from, to);
    return Promise.all(this.#offsets.slice(from, to).map((offset) => this.#lineAt(offset)));
  }

  /** The number of the line at an offset; undefined when it is not wanted or was not seen yet. */
  async numberOf(offset: number): Promise<number | undefined> {
    const at = lastAtMost(this.#offsets, offset);
    const known = this.#offsets[at];
    if (known === undefined || offset >= this.#scanned) return undefined;
    if (this.#wanted !== undefined) return known === offset ? at : undefined;
    const between = await this.#readAt(known, offset - known);
    return at * STRIDE + countNewlines(between);
  }

  /** The number of the line at an offset, or else of the next one after it. */
  async numberFrom(offset: number): Promise<number> {
    const exact = await this.numberOf(offset);
    if (exact !== undefined) return exact;
    const at = lastAtMost(this.#offsets, offset) + 1;
    return Math.min(this.#wanted === undefined ? at * STRIDE : at, Math.max(0, this.#count - 1));
  }

  /** The next line after `number`, or with `step` -1 before it, that passes; undefined when there is none. */
  async find(number: number, step: 1 | -1, test: (line: string) => boolean): Promise<number | undefined> {
    for (let at = number + step; at >= 0 && at < this.#count; at += step * FOUND_LINES) {
      const first = step === 1 ? at : Math.max(0, at - FOUND_LINES + 1);
      const lines = await this.read(first, step === 1 ? FOUND_LINES : at - first + 1);
      const isFound = ({ text }: LogLine) => test(text);
      const found = step === 1 ? lines.findIndex(isFound) : lines.findLastIndex(isFound);
      if (found !== -1) return first + found;
    }
    return undefined;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #take(lines: Buffer): void {
    let start = 0;
    for (let end = lines.indexOf(NEWLINE); end !== -1; end = lines.indexOf(NEWLINE, start)) {
      if (this.#wanted === undefined) {
        if (this.#count % STRIDE === 0) this.#offsets.push(this.#scanned + start);
        this.#count += 1;
      } else if (this.#wanted(lines.toString("utf8", start, end))) {
        this.#offsets.push(this.#scanned + start);
        this.#count += 1;
      }
      start = end + 1;
    }
    this.#scanned += lines.length;
  }

  async #readOn(from: number, to: number): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    let offset = this.#offsets[Math.floor(from / STRIDE)] ?? 0;
    let skip = from % STRIDE;
    let held: Buffer = Buffer.alloc(0);
    while (lines.length < to - from) {
      const piece = await this.#readAt(offset + held.length, PIECE_BYTES);
      if (piece.length === 0) break;
      held = held.length === 0 ? piece : Buffer.concat([held, piece]);
      let start = 0;
      for (
        let end = held.indexOf(NEWLINE);
        end !== -1 && lines.length < to - from;
        end = held.indexOf(NEWLINE, start)
      ) {
        if (skip > 0) skip -= 1;
        else lines.push({ offset: offset + start, text: held.toString("utf8", start, end) });
        start = end + 1;
      }
      offset += start;
      held = held.subarray(start);
    }
    return lines;
  }

  async #lineAt(offset: number): Promise<LogLine> {
    for (let size = 1024; ; size *= 8) {
      const piece = await this.#readAt(offset, size);
      const end = piece.indexOf(NEWLINE);
      if (end !== -1 || piece.length < size)
        return { offset, text: piece.toString("utf8", 0, end === -1 ? undefined : end) };
    }
  }

  async #readAt(offset: number, size: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(size);
    const { bytesRead } = await this.#file.read(buffer, 0, size, offset);
    return buffer.subarray(0, bytesRead);
  }
}

/** The place of the last number that is not greater; -1 when all are. */
function lastAtMost(sorted: readonly number[], limit: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
