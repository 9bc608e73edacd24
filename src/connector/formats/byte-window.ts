import { createHash, type Hash } from "node:crypto";

/**
 * A view on a stream of bytes: the part that was read and not yet consumed. What is consumed counts towards `offset`
 * and goes into the running SHA-256, so that both always stand at the same byte.
 */
export class ByteWindow {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #hash: Hash = createHash("sha256");
  #buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #offset = 0;
  #ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
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
      else this.#append(next.value);
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

  /** Hash of all consumed bytes. */
  digest(): string {
    return this.#hash.copy().digest("base64url");
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  #append(chunk: Uint8Array): void {
    const rest = this.length;
    if (this.#buffer.length < rest + chunk.length) {
      const larger = Buffer.allocUnsafe(Math.max(rest + chunk.length, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, this.#start, this.#end);
      this.#buffer = larger;
    } else {
      this.#buffer.copyWithin(0, this.#start, this.#end);
    }
    this.#buffer.set(chunk, rest);
    this.#start = 0;
    this.#end = rest + chunk.length;
  }
}
