/** Something that is asked for one thing after the other, and may be asked for the next one before it is needed. */
export class LookAhead<T> {
  readonly #source: AsyncIterator<T>;
  readonly #stop: AbortController;
  #pending: Promise<IteratorResult<T> | { failure: unknown }> | undefined;

  /** `stop` ends what is under way when no more is wanted. */
  constructor(source: AsyncIterator<T>, stop: AbortController = new AbortController()) {
    this.#source = source;
    this.#stop = stop;
  }

  /** Begins to get the next one. A failure waits until it is asked for. */
  start(): void {
    this.#pending ??= this.#source.next().catch((failure: unknown) => ({ failure }));
  }

  /** The next one; undefined at the end. */
  async next(): Promise<T | undefined> {
    this.start();
    const result = await this.#pending;
    this.#pending = undefined;
    if (result === undefined) return undefined;
    if ("failure" in result) throw result.failure;
    return result.done === true ? undefined : result.value;
  }

  /** Ends it, without waiting for what was only asked for ahead. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#pending;
    await this.#source.return?.().catch(() => {});
  }
}
