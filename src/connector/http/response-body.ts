/** How much of a body is read with the attempt, so that a failure within it is met by another attempt. */
export const HEAD_BYTES = 8 * 1024 * 1024;

/**
 * The body of an answer: what is short is in memory as a whole, what is long has its beginning there and comes as it is
 * read. `onEnd` is told once when nothing of it remains, with what made it end too early.
 */
export class ResponseBody {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #onEnd: (error?: unknown) => void;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #ended = false;
  #streamed = false;

  private constructor(source: AsyncIterator<Uint8Array>, onEnd: (error?: unknown) => void) {
    this.#source = source;
    this.#onEnd = onEnd;
  }

  /** Reads the beginning. */
  static async open(chunks: AsyncIterable<Uint8Array>, onEnd: (error?: unknown) => void): Promise<ResponseBody> {
    const body = new ResponseBody(chunks[Symbol.asyncIterator](), onEnd);
    await body.#hold(HEAD_BYTES);
    return body;
  }

  /** All of it, when it is in memory. */
  get whole(): Buffer | undefined {
    if (!this.#ended || this.#streamed) return undefined;
    const [only] = this.#held;
    const joined = only !== undefined && this.#held.length === 1 ? asBuffer(only) : Buffer.concat(this.#held);
    this.#held = [joined];
    return joined;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Reads the rest into memory; undefined when it is longer than `limit` bytes. */
  async read(limit: number): Promise<Buffer | undefined> {
    if (this.#streamed) throw new Error("the body was read already");
    await this.#hold(limit);
    return this.whole;
  }

  /** As it comes: once, unless all of it is in memory. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    if (this.whole !== undefined) return yield* this.#held;
    if (this.#streamed) throw new Error("the body was read already");
    this.#streamed = true;
    const held = this.#held;
    this.#held = [];
    try {
      for (let chunk = held.shift(); chunk !== undefined; chunk = held.shift()) yield chunk;
      for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    if (this.#ended) return;
    this.#streamed = true;
    this.#held = [];
    this.#end();
    await this.#source.return?.();
  }

  async #hold(limit: number): Promise<void> {
    while (!this.#ended && this.#heldBytes <= limit) {
      const chunk = await this.#next();
      if (chunk === undefined) return;
      this.#held.push(chunk);
      this.#heldBytes += chunk.length;
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    try {
      const next = await this.#source.next();
      if (!next.done) return next.value;
      this.#end();
      return undefined;
    } catch (error) {
      this.#end(error);
      throw error;
    }
  }

  #end(error?: unknown): void {
    this.#ended = true;
    this.#onEnd(error);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
