import { createHash, type Hash } from "node:crypto";
import { freeBytes } from "../../core/free-bytes.ts";

/** Characters of a hash that are kept: 132 bits. Every file of a cursor has one, so that length counts. */
export const HASH_LENGTH = 22;

/** Consumed bytes whose hash is known: those between the end of the part before and `offset`. */
export type HashedPart = [offset: number, hash: string];

/**
 * A view on a stream of bytes: the part that was read and not yet consumed. What is consumed counts towards `offset`
 * and goes into the running SHA-256, so that both always stand at the same byte. A stream that begins later has the parts
 * before it as they were hashed when they were read.
 */
export class ByteWindow {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #hash: Hash = createHash("sha256");
  readonly #parts: HashedPart[];
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #offset = 0;
  #ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>, parts: readonly HashedPart[] = []) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#parts = [...parts];
    this.#offset = parts.at(-1)?.[0] ?? 0;
  }

  /** Bytes consumed so far. */
  get offset(): number {
    return this.#offset;
  }

  /** True when nothing follows the bytes in view. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The unconsumed bytes; valid until the next `fill`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** Reads on until `wanted` bytes are in view or the stream has ended. */
  async fill(wanted: number): Promise<void> {
    while (this.length < wanted && !this.#ended) {
      const next = await this.#chunks.next();
      if (next.done) this.#ended = true;
      else this.#append(next.value, wanted);
    }
  }

  consume(count: number): void {
    this.#hash.update(this.#buffer.subarray(this.#start, this.#start + count));
    this.#start += count;
    this.#offset += count;
  }

  /** Drops bytes that belong to nothing that is loaded: neither `offset` nor the hash moves. */
  discard(count: number): void {
    this.#start += count;
  }

  /** Consumes up to `offset`; false when the stream ends before. */
  async skipTo(offset: number): Promise<boolean> {
    while (this.#offset < offset) {
      await this.fill(1);
      if (this.length === 0) return false;
      this.consume(Math.min(this.length, offset - this.#offset));
    }
    return true;
  }

  /** Hash of the bytes consumed since the last part. */
  digest(): string {
    return this.#hash.copy().digest("base64url").slice(0, HASH_LENGTH);
  }

  get parts(): readonly HashedPart[] {
    return this.#parts;
  }

  /** Consumes these parts; false when the stream does not have them, one of them is another, or it is too short. */
  async skipParts(parts: readonly HashedPart[]): Promise<boolean> {
    for (const [index, [offset, hash]] of parts.entries()) {
      if (index > 0) this.#beginPartAfter(parts[index - 1] as HashedPart);
      if (!(await this.skipTo(offset)) || this.digest() !== hash) return false;
    }
    return true;
  }

  #beginPartAfter(part: HashedPart): void {
    this.#parts.push(part);
    this.#hash = createHash("sha256");
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Grows by doubling, but no further than what is wanted and one more chunk: a window may be as large as a huge record. */
  #append(chunk: Uint8Array, wanted: number): void {
    const rest = this.length;
    const needed = rest + chunk.length;
    if (this.#buffer.length < needed) {
      const enough = Math.min(this.#buffer.length * 2, wanted) + chunk.length;
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, enough));
      this.#buffer.copy(larger, 0, this.#start, this.#end);
      freeBytes(this.#buffer);
      this.#buffer = larger;
    } else {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    }
    this.#buffer.set(chunk, rest);
    this.#start = 0;
    this.#end = rest + chunk.length;
  }
}
