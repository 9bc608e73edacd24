import { Readable, type Transform } from "node:stream";
import { createBrotliDecompress, createInflate, createInflateRaw } from "node:zlib";
import { isSluiceError } from "../../core/errors.ts";
import { type Compression, decompress } from "../formats/compression.ts";

/** Says that a packed body ended early or is damaged. */
export class PackedBodyError extends Error {
  readonly truncated: boolean;

  constructor(encoding: string, truncated: boolean, cause: unknown) {
    super(`the ${encoding} data ${truncated ? "ends too early" : "is damaged"}`, { cause });
    this.truncated = truncated;
  }
}

/** What is asked for in `Accept-Encoding`. */
export const ACCEPTED_ENCODINGS = "gzip, deflate, br, zstd";

/** Larger than zlib's own 16 KiB: each chunk is a trip to another thread. */
const OUTPUT_BYTES = 128 * 1024;

/**
 * The unpacked body. Packed data must be whole: `fetch` takes what it gets of gzip and brotli for all, which would lose
 * rows without a word. @throws PackedBodyError
 */
export function unpackBody(
  chunks: AsyncIterable<Uint8Array>,
  encodings: string | undefined,
): AsyncIterable<Uint8Array> {
  let unpacked = chunks;
  for (const encoding of encodingsOf(encodings).reverse()) unpacked = unpackOne(unpacked, encoding);
  return unpacked;
}

function encodingsOf(field: string | undefined): string[] {
  const names = (field ?? "").toLowerCase().split(",");
  return names.map((name) => name.trim()).filter((name) => name !== "" && name !== "identity");
}

async function* unpackOne(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const packed = await peek(chunks);
  if (packed === undefined) return;
  try {
    yield* decode(packed.whole, packed.first, encoding);
  } catch (error) {
    throw asPackedError(error, encoding);
  }
}

function decode(chunks: AsyncIterable<Uint8Array>, first: Uint8Array, encoding: string): AsyncIterable<Uint8Array> {
  const name: Compression | undefined = NAMES[encoding];
  if (name !== undefined) return decompress(chunks, name, "the body");
  if (encoding === "br") return through(chunks, createBrotliDecompress({ chunkSize: OUTPUT_BYTES }));
  if (encoding === "deflate") return through(chunks, inflater(first));
  throw new PackedBodyError(encoding, false, new Error("an encoding that was not asked for"));
}

const NAMES: Readonly<Record<string, Compression>> = { gzip: "gzip", "x-gzip": "gzip", zstd: "zstd" };

/** `deflate` means zlib's format; some servers send the bare data instead. */
function inflater(first: Uint8Array): Transform {
  const zlib = ((first[0] ?? 0) & 0x0f) === 8;
  return zlib ? createInflate({ chunkSize: OUTPUT_BYTES }) : createInflateRaw({ chunkSize: OUTPUT_BYTES });
}

async function* through(chunks: AsyncIterable<Uint8Array>, decoder: Transform): AsyncGenerator<Uint8Array> {
  const source = Readable.from(chunks, { objectMode: false });
  source.on("error", (error) => decoder.destroy(error));
  try {
    yield* source.pipe(decoder);
  } finally {
    source.destroy();
    decoder.destroy();
  }
}

/** The first bytes, and all of them; undefined for an empty body, which some servers call packed too. */
async function peek(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]();
  let next = await source.next();
  while (!next.done && next.value.length === 0) next = await source.next();
  if (next.done) return undefined;
  const first = next.value;
  return { first, whole: prepend(first, source) };
}

async function* prepend(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

function asPackedError(error: unknown, encoding: string): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (isSluiceError(error)) return new PackedBodyError(encoding, error.code === "source_truncated", error);
  if (code === "Z_BUF_ERROR") return new PackedBodyError(encoding, true, error);
  return /^(Z_|ZSTD_|ERR__ERROR_)/.test(code) ? new PackedBodyError(encoding, false, error) : error;
}
