import { ConnectorError } from "../connector-error.ts";
import { type FoundFile, type OpenFile, type OpenHow, proofOf } from "../file-source/file-store.ts";
import type { HttpResponse } from "../http/http-client.ts";
import type { S3Client } from "./s3-client.ts";

/** Fetched with the first request: all of a small object, and enough of others to see how they are written. */
const HEAD_BYTES = 512 * 1024;

/**
 * Fetched by one request. Within the length that the HTTP client holds while a request may still be repeated: a
 * connection that breaks costs one block.
 */
const BLOCK_BYTES = 4 * 1024 * 1024;

const PARTIAL = 206;
/** The range begins behind the end: of an empty object any does. */
const BEHIND_END = 416;

/** What an object is, as its first bytes told. */
export interface ObjectHead {
  size: number;
  etag: string | undefined;
  proof: string | undefined;
  bytes: Buffer;
}

/** Asks for the first bytes, which tells of an object more than HEAD does where it is refused: refusals have a body. */
export async function headOf(client: S3Client, key: string, length = 1): Promise<ObjectHead> {
  const answer = await client.get(key, {
    headers: { range: `bytes=0-${length - 1}` },
    accept: [BEHIND_END],
    doing: `reading ${key}`,
  });
  const etag = answer.headers.get("etag") ?? undefined;
  if (answer.status === BEHIND_END) return { size: 0, etag, proof: proofOfObject(0, etag), bytes: Buffer.alloc(0) };
  const bytes = await answer.bytes();
  const size = answer.status === PARTIAL ? sizeIn(answer, key) : bytes.length;
  return { size, etag, proof: proofOfObject(size, etag), bytes };
}

/** An ETag is of the content: whoever has the same one, and the same length, is the same. */
export function proofOfObject(size: number, etag: string | undefined): string | undefined {
  const tag = etag?.replaceAll('"', "");
  return tag === undefined || tag === "" ? undefined : proofOf(size, tag);
}

/** One version of an object: what has replaced it meanwhile is never mixed into it. */
export class S3Object implements OpenFile {
  readonly size: number;
  readonly proof: string | undefined;
  readonly #client: S3Client;
  readonly #key: string;
  readonly #head: ObjectHead;
  readonly #how: OpenHow;

  private constructor(client: S3Client, { key }: FoundFile, { head, how }: { head: ObjectHead; how: OpenHow }) {
    this.size = head.size;
    this.proof = head.proof;
    this.#client = client;
    this.#key = key;
    this.#head = head;
    this.#how = how;
  }

  static async open(client: S3Client, file: FoundFile, how: OpenHow): Promise<S3Object> {
    return new S3Object(client, file, { head: await headOf(client, file.key, HEAD_BYTES), how });
  }

  async read(position: number, length: number): Promise<Buffer> {
    const end = Math.min(position + length, this.size);
    if (position >= end) return Buffer.alloc(0);
    const { bytes } = this.#head;
    if (end <= bytes.length) return bytes.subarray(position, end);
    const parts: Buffer[] = [];
    for (let at = position; at < end; at += BLOCK_BYTES)
      parts.push(await this.#fetch(at, Math.min(at + BLOCK_BYTES, end)));
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  /** The next block is under way while the caller works on the one it has. */
  async *chunks(position: number): AsyncGenerator<Uint8Array> {
    let at = position;
    if (at < this.#head.bytes.length) {
      yield* this.#cut(this.#head.bytes.subarray(at));
      at = this.#head.bytes.length;
    }
    let pending = this.#ahead(at);
    try {
      while (at < this.size) {
        this.#how.signal.throwIfAborted();
        const block = await pending;
        at += block.length;
        pending = this.#ahead(at);
        yield* this.#cut(block);
      }
    } finally {
      await pending.catch(() => undefined);
    }
  }

  /** Nothing that was read can have changed: every request names the version. */
  async look(): Promise<{ touched: boolean; grown: boolean }> {
    return { touched: false, grown: false };
  }

  async close(): Promise<void> {}

  *#cut(block: Buffer): Generator<Buffer> {
    const { chunkBytes } = this.#how;
    for (let at = 0; at < block.length; at += chunkBytes) yield block.subarray(at, at + chunkBytes);
  }

  #ahead(at: number): Promise<Buffer> {
    if (at >= this.size) return Promise.resolve(Buffer.alloc(0));
    const fetching = this.#fetch(at, Math.min(at + BLOCK_BYTES, this.size));
    fetching.catch(() => undefined);
    return fetching;
  }

  async #fetch(from: number, to: number): Promise<Buffer> {
    const { etag } = this.#head;
    const answer = await this.#client.get(this.#key, {
      headers: { range: `bytes=${from}-${to - 1}`, ...(etag === undefined ? {} : { "if-match": etag }) },
      doing: `reading ${this.#key} from byte ${from}`,
    });
    const bytes = await answer.bytes();
    if (answer.status === PARTIAL && bytes.length === to - from && sizeIn(answer, this.#key) === this.size)
      return bytes;
    throw wrongRange(this.#key, `bytes ${from} to ${to} were asked for and ${bytes.length} came`);
  }
}

function sizeIn(answer: HttpResponse, key: string): number {
  const size = /\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1];
  if (size === undefined) throw wrongRange(key, "the answer does not say how long the object is");
  return Number(size);
}

function wrongRange(key: string, what: string): ConnectorError {
  const message = `reading ${key}: ${what}. The store does not serve parts of objects as S3 does: check the option \`endpoint\` and what stands before it.`;
  return new ConnectorError("source_truncated", message, { details: { file: key } });
}
