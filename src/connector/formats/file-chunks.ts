import type { FileHandle } from "node:fs/promises";
import { ConnectorError } from "../connector-error.ts";

export interface FileChunksOptions {
  /** Named in errors. */
  name: string;
  from: number;
  /** Bytes to read: the file's size when it was opened, whatever is written behind it meanwhile. */
  bound: number;
  chunkBytes: number;
  signal: AbortSignal;
}

/**
 * The bytes of a file between `from` and `bound`. The next chunk is being read while the caller works on the one it has;
 * a chunk is valid only until the next one is asked for.
 */
export async function* readFileChunks(handle: FileHandle, options: FileChunksOptions): AsyncGenerator<Buffer> {
  const { from, bound, chunkBytes, signal } = options;
  const size = Math.max(1, Math.min(chunkBytes, bound - from));
  let spare: Buffer = Buffer.allocUnsafe(size);
  let position = from;
  let pending = readAt(handle, Buffer.allocUnsafe(size), from, bound);
  try {
    while (position < bound) {
      signal.throwIfAborted();
      const chunk = await pending;
      if (chunk.length === 0) throw shrunk(options);
      position += chunk.length;
      if (position < bound) pending = readAt(handle, spare, position, bound);
      spare = chunk.length === size ? chunk : Buffer.allocUnsafe(size);
      yield chunk;
    }
  } finally {
    await pending.catch(() => undefined);
  }
}

function readAt(handle: FileHandle, into: Buffer, position: number, bound: number): Promise<Buffer> {
  const length = Math.min(into.length, bound - position);
  const reading = handle.read(into, 0, length, position).then((read) => into.subarray(0, read.bytesRead));
  reading.catch(() => undefined);
  return reading;
}

function shrunk({ name, bound }: FileChunksOptions): ConnectorError {
  return new ConnectorError(
    "source_changed_while_read",
    `reading ${name}: it had ${bound} bytes when it was opened and became shorter while it was read. Run again when its writer has finished.`,
    { details: { file: name, size: bound } },
  );
}
