import type { Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { ConnectorError } from "../connector-error.ts";

export type Compression = "none" | "gzip" | "zstd";

/** Larger than zlib's own 16 KiB: each chunk is a trip to another thread. */
const OUTPUT_BYTES = 256 * 1024;

/** What the first bytes of a file say it is packed with. */
export function detectCompression(head: Uint8Array): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  const frame = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  const skippable = ((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
  return frame || skippable ? "zstd" : "none";
}

/**
 * The unpacked bytes; all members or frames of a file, one after the other. `name` is named in errors:
 * `source_truncated` when the packed data ends early, `source_format` when it is damaged.
 */
export async function* decompress(
  chunks: AsyncIterable<Uint8Array>,
  compression: Compression,
  name: string,
): AsyncGenerator<Uint8Array> {
  if (compression === "none") return yield* chunks;
  const source = chunks[Symbol.asyncIterator]();
  let rest: Uint8Array | undefined;
  try {
    do rest = yield* unpack(source, rest, compression);
    while (rest !== undefined && compression === "zstd");
  } catch (error) {
    throw asDamage(error, compression, name);
  } finally {
    await source.return?.();
  }
}

/**
 * Runs one decoder. The zstd decoder ends at the end of a frame and drops what else it was given with it: that is
 * returned, for the next decoder to begin with. (gzip reads on by itself; what it leaves is padding behind the data.)
 */
async function* unpack(
  source: AsyncIterator<Uint8Array>,
  head: Uint8Array | undefined,
  compression: "gzip" | "zstd",
): AsyncGenerator<Uint8Array, Uint8Array | undefined> {
  const decoder = createDecoder(compression);
  const feeding = feed(decoder, source, head);
  try {
    yield* decoder as AsyncIterable<Uint8Array>;
  } finally {
    decoder.destroy();
    await feeding;
  }
  return await feeding;
}

type Decoder = Transform & { readonly bytesWritten: number };

function createDecoder(compression: "gzip" | "zstd"): Decoder {
  if (compression === "gzip") return createGunzip({ chunkSize: OUTPUT_BYTES });
  return createZstdDecompress({ chunkSize: OUTPUT_BYTES });
}

/** Never rejects: a failure of the source reaches the reader through the decoder. Resolves to what was not taken. */
async function feed(
  decoder: Decoder,
  source: AsyncIterator<Uint8Array>,
  head: Uint8Array | undefined,
): Promise<Uint8Array | undefined> {
  try {
    let fed = 0;
    let chunk = head ?? (await nextChunk(source));
    while (chunk !== undefined && !decoder.destroyed) {
      fed += chunk.length;
      await write(decoder, chunk);
      const left = fed - decoder.bytesWritten;
      if (left > 0 && !decoder.destroyed) return chunk.subarray(chunk.length - left);
      chunk = await nextChunk(source);
    }
    decoder.end();
  } catch (error) {
    decoder.destroy(error as Error);
  }
  return undefined;
}

async function nextChunk(source: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  const next = await source.next();
  return next.done ? undefined : next.value;
}

/** Resolves when the chunk is taken, and also when the decoder has ended or was closed, as it then never says so. */
function write(decoder: Decoder, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      decoder.off("end", settle).off("close", settle);
      resolve();
    };
    decoder.once("end", settle).once("close", settle);
    decoder.write(chunk, settle);
  });
}

function asDamage(error: unknown, compression: Compression, name: string): unknown {
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "Z_BUF_ERROR") {
    const text = `unpacking ${name}: the ${compression} data ends too early. The file is incomplete: get it again.`;
    return new ConnectorError("source_truncated", text, { cause: error, details: { file: name } });
  }
  if (!/^(Z_|ZSTD_)/.test(code)) return error;
  const text = `unpacking ${name}: the ${compression} data is damaged (${message}). Get the file again, or set \`compression\`.`;
  return new ConnectorError("source_format", text, { cause: error, details: { file: name } });
}
