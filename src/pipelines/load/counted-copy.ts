import type pg from "pg";
import { type CopyIn, startCopy } from "../../databases/postgres/copy.ts";
import type { EncodedBatch } from "./row-encoder.ts";

/** A COPY that begins with its first rows; when it ends, the destination must have stored as many as were sent. */
export class CountedCopy {
  readonly #client: pg.Client;
  readonly #quoted: string;
  #copy: CopyIn | undefined;
  #sent = 0;

  constructor(client: pg.Client, quoted: string) {
    this.#client = client;
    this.#quoted = quoted;
  }

  get isOpen(): boolean {
    return this.#copy !== undefined;
  }

  async write(batch: EncodedBatch): Promise<void> {
    this.#copy ??= startCopy(this.#client, this.#quoted, batch.columns, batch.format);
    this.#sent += batch.rows;
    await this.#copy.write(batch.copy, batch.release);
  }

  /** Rows that the destination has stored; the next rows begin another COPY. */
  async end(): Promise<number> {
    if (this.#copy === undefined) return 0;
    const stored = await this.#copy.end();
    if (stored !== this.#sent) throw new Error(`${this.#sent} rows were sent and the destination stored ${stored}`);
    this.#copy = undefined;
    this.#sent = 0;
    return stored;
  }

  async abort(): Promise<void> {
    await this.#copy?.abort();
    this.#copy = undefined;
  }
}
