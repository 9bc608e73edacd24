import { createHash } from "node:crypto";

/** Where files are: a disk, a bucket, another machine. All else about reading them is the same. */
export interface FileStore {
  /**
   * The files that the pattern names, in whatever order. A plain path must exist (`source_not_found`); a glob may
   * match nothing.
   */
  list(pattern: string): AsyncIterable<FoundFile>;
  open(file: FoundFile, how: OpenHow): Promise<OpenFile>;
}

export interface OpenHow {
  signal: AbortSignal;
  /** Bytes that `chunks` gives at a time, as far as that is the store's to choose. */
  chunkBytes: number;
}

/** A file of a stream. */
export interface FoundFile {
  /** Its name in cursors, positions and errors. */
  key: string;
  /** Where the store has it. */
  path: string;
  size: number;
  /** As in `OpenFile`: whoever knows it from the last read need not open the file. */
  proof?: string;
}

/** A file in the state it was in when it was opened: its size then is all that is read. */
export interface OpenFile {
  readonly size: number;
  /** What nothing but this very content has, found without reading it; undefined where the store cannot tell. */
  readonly proof: string | undefined;
  /** The bytes from `position` on: `length` of them, fewer only where the file ends. */
  read(position: number, length: number): Promise<Buffer>;
  /** All bytes from `position` on, in chunks that are valid until the next one is asked for. */
  chunks(position: number): AsyncIterable<Uint8Array>;
  /** Whether the file was written to since it was opened, and whether it has become longer. */
  look(): Promise<{ touched: boolean; grown: boolean }>;
  close(): Promise<void>;
}

/** Characters of a proof: 96 bits. Every file of a cursor has one, so that length counts. */
const PROOF_LENGTH = 16;

export function proofOf(...parts: readonly (string | number | bigint)[]): string {
  return createHash("sha256").update(parts.join(":")).digest("base64url").slice(0, PROOF_LENGTH);
}
