import { ByteWindow } from "../formats/byte-window.ts";
import { type Compression, decompress, detectCompression } from "../formats/compression.ts";
import { detectEncoding, MARK_BYTES, markLength, toUtf8 } from "../formats/encoding.ts";
import type { FormatSettings } from "../formats/format-settings.ts";
import { type FileRecord, hashedParts } from "./file-record.ts";
import type { FileStore, FoundFile, OpenFile } from "./file-store.ts";

export interface FileSettings extends FormatSettings {
  /** Detected from the first bytes when left out. */
  compression?: Compression | undefined;
  /** What to do when what was loaded has changed. */
  on_changed: "error" | "reload";
}

/** Read at a time, and the size of a batch. Larger ones make longer-lived garbage: slower, and twice the memory. */
export const CHUNK_BYTES = 128 * 1024;

const MAGIC_BYTES = 4;

export interface ReadHow {
  store: FileStore;
  settings: FileSettings;
  chunkBytes: number;
  signal: AbortSignal;
}

/** A file that is open for reading, as text: unpacked, as UTF-8. */
export class SourceFile {
  readonly key: string;
  readonly #file: OpenFile;
  readonly #how: ReadHow;

  private constructor(key: string, file: OpenFile, how: ReadHow) {
    this.key = key;
    this.#file = file;
    this.#how = how;
  }

  static async open(file: FoundFile, how: ReadHow): Promise<SourceFile> {
    return new SourceFile(file.key, await how.store.open(file, how), how);
  }

  get file(): OpenFile {
    return this.#file;
  }

  /** What lets the next run skip the file unread, or go on in the middle of it. */
  get proof(): { proof: string } | Record<string, never> {
    const { proof } = this.#file;
    return proof === undefined ? {} : { proof };
  }

  /** Whether the file is packed, so that its size says nothing about its text. */
  async isPacked(): Promise<boolean> {
    return (await this.#compression()) !== "none";
  }

  /** The file's text from its beginning. */
  async text(): Promise<ByteWindow> {
    return new ByteWindow(await this.chunks());
  }

  /**
   * The text behind what is loaded, without reading that: only of a file that is proven to be as it was, and whose bytes
   * are those of its text. Undefined for others.
   */
  async textBehind(loaded: FileRecord): Promise<ByteWindow | undefined> {
    if (loaded.proof === undefined || loaded.proof !== this.#file.proof || (await this.isPacked())) return undefined;
    const { encoding } = this.#how.settings;
    const head = await this.#file.read(0, MARK_BYTES);
    const label = encoding === undefined ? detectEncoding(head) : new TextDecoder(encoding).encoding;
    if (label !== "utf-8") return undefined;
    return new ByteWindow(this.#file.chunks(markLength(head) + loaded.offset), hashedParts(loaded));
  }

  async chunks(): Promise<AsyncIterable<Uint8Array>> {
    const compression = await this.#compression();
    return toUtf8(decompress(this.#file.chunks(0), compression, this.key), this.#how.settings.encoding, this.key);
  }

  /** Whether the text still begins with what the record says. */
  async beginsWith(record: FileRecord): Promise<boolean> {
    const window = await this.text();
    try {
      return await window.skipParts(hashedParts(record));
    } finally {
      await window.close();
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #compression(): Promise<Compression> {
    return this.#how.settings.compression ?? detectCompression(await this.#file.read(0, MAGIC_BYTES));
  }
}
