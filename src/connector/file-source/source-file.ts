import type { BigIntStats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ConnectorError } from "../connector-error.ts";
import { ByteWindow } from "../formats/byte-window.ts";
import { type Compression, decompress, detectCompression } from "../formats/compression.ts";
import { toUtf8 } from "../formats/encoding.ts";
import { readFileChunks } from "../formats/file-chunks.ts";
import type { FormatSettings } from "../formats/format-settings.ts";
import { isFresh, statText } from "./file-identity.ts";

/** A file of a stream. */
export interface FoundFile {
  /** Its name in cursors, positions and errors: the path from the workspace where that leads to it. */
  key: string;
  /** Absolute. */
  path: string;
}

export interface FileSettings extends FormatSettings {
  /** Detected from the first bytes when left out. */
  compression?: Compression | undefined;
  /** What to do when what was loaded has changed. */
  on_changed: "error" | "reload";
}

/** Read at a time, and the size of a batch. Larger ones make longer-lived garbage: slower, and twice the memory. */
export const CHUNK_BYTES = 128 * 1024;

/** A file that is open for reading, with the state it was in when it was opened: its size then is all that is read. */
export class SourceFile {
  readonly key: string;
  readonly size: number;
  readonly #handle: FileHandle;
  readonly #stats: BigIntStats;
  readonly #fresh: boolean;
  readonly #how: ReadHow;

  private constructor(file: FoundFile, opened: { handle: FileHandle; stats: BigIntStats }, how: ReadHow) {
    this.key = file.key;
    this.size = Number(opened.stats.size);
    this.#handle = opened.handle;
    this.#stats = opened.stats;
    this.#fresh = isFresh(opened.stats, Date.now());
    this.#how = how;
  }

  static async open(file: FoundFile, how: ReadHow): Promise<SourceFile> {
    const handle = await openHandle(file);
    const stats = await handle.stat({ bigint: true });
    if (stats.isFile()) return new SourceFile(file, { handle, stats }, how);
    await handle.close();
    throw notAFile(file.key, stats.isDirectory());
  }

  /** What lets the next run skip the file unread, if the times of the file can prove anything. */
  get proof(): { stat: string } | Record<string, never> {
    return this.#fresh ? {} : { stat: statText(this.#stats) };
  }

  /** Whether the file was written to since it was opened, and whether it has become longer. */
  async look(): Promise<{ touched: boolean; grown: boolean }> {
    const now = await this.#handle.stat({ bigint: true });
    return { touched: statText(now) !== statText(this.#stats), grown: now.size > this.#stats.size };
  }

  /** Whether the file is packed, so that its size says nothing about its text. */
  async isPacked(): Promise<boolean> {
    return (await this.#compression()) !== "none";
  }

  /** The file's text from its beginning: unpacked, as UTF-8. */
  async text(): Promise<ByteWindow> {
    return new ByteWindow(await this.chunks());
  }

  async chunks(): Promise<AsyncIterable<Uint8Array>> {
    const compression = await this.#compression();
    const { key: name, size: bound } = this;
    const { chunkBytes, settings, signal } = this.#how;
    const packed = readFileChunks(this.#handle, { name, bound, chunkBytes, signal });
    return toUtf8(decompress(packed, compression, name), settings.encoding, name);
  }

  /** Whether the text still begins with what has that hash. */
  async beginsWith(offset: number, hash: string): Promise<boolean> {
    const window = await this.text();
    try {
      return (await window.skipTo(offset)) && window.digest() === hash;
    } finally {
      await window.close();
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #compression(): Promise<Compression> {
    const { compression } = this.#how.settings;
    if (compression !== undefined) return compression;
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(MAGIC_BYTES), 0, MAGIC_BYTES, 0);
    return detectCompression(buffer.subarray(0, bytesRead));
  }
}

const MAGIC_BYTES = 4;

export interface ReadHow {
  settings: FileSettings;
  chunkBytes: number;
  signal: AbortSignal;
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
