/**
 * Lines for a reader who may be slow or gone. Up to this much waits in memory for a slow one; then whoever awaits
 * `ready` waits too, so that memory stays bounded.
 */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;

/** `writableLength` is missing in streams that are none of Node's own: nothing can be known to wait there. */
export type OutputStream = NodeJS.WritableStream & { readonly writableLength?: number };

/** Writes lines to a stream that may break at any time, without ever failing. */
export class LineOutput {
  readonly #stream: OutputStream;
  readonly #onBroken: (error: Error) => void;
  #broken = false;

  /** `onBroken` is told once when the reader has gone away or the disk behind the stream is full. */
  constructor(stream: OutputStream, onBroken: (error: Error) => void) {
    this.#stream = stream;
    this.#onBroken = onBroken;
    stream.on("error", this.#fail);
  }

  write(line: string): void {
    if (!this.#broken) this.#stream.write(`${line}\n`);
  }

  /** Resolves at once unless too much waits for the reader. */
  async ready(): Promise<void> {
    if (this.#broken || (this.#stream.writableLength ?? 0) < MOST_WAITING_BYTES) return;
    await this.#drained();
  }

  /** Resolves when the reader's end has everything, or is gone. */
  async end(): Promise<void> {
    if (!this.#broken) await new Promise<void>((resolve) => this.#whenOver(resolve));
    this.#stream.off("error", this.#fail);
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        for (const event of ["drain", "error", "close"]) this.#stream.off(event, done);
        resolve();
      };
      for (const event of ["drain", "error", "close"]) this.#stream.on(event, done);
    });
  }

  #whenOver(resolve: () => void): void {
    this.#stream.once("error", () => resolve());
    this.#stream.write("", () => resolve());
  }

  readonly #fail = (error: Error): void => {
    if (this.#broken) return;
    this.#broken = true;
    this.#onBroken(error);
  };
}
