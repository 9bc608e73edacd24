import type pg from "pg";
import { type CopyIn, startCopy } from "../../databases/postgres/copy.ts";
import type { EncodedBatch } from "./row-encoder.ts";

/** A COPY that begins with its first rows; when it ends, the destination must have stored as many as were sent. */
export class CountedCopy {
  readonly #client: pg.Client;
  readonly #quoted: string;
  #copy: CopyIn | undefined;
  /** Of the rows that are being written. */
  #columns: readonly string[] = [];
  #sent = 0;
  #stored = 0;

  constructor(client: pg.Client, quoted: string) {
    this.#client = client;
    this.#quoted = quoted;
  }

  get isOpen(): boolean {
    return this.#copy !== undefined;
  }

  async write(batch: EncodedBatch): Promise<void> {
    if (this.#copy !== undefined && !sameList(batch.columns, this.#columns)) await this.#complete();
    this.#columns = batch.columns;
    this.#copy ??= startCopy(this.#client, this.#quoted, batch.columns, batch.format);
    this.#sent += batch.rows;
    await this.#copy.write(batch.copy, batch.release);
  }

  /** Rows that the destination has stored; the next rows begin another COPY. */
  async end(): Promise<number> {
    await this.#complete();
    const stored = this.#stored;
    this.#stored = 0;
    return stored;
  }

  async #complete(): Promise<void> {
    if (this.#copy === undefined) return;
    const stored = await this.#copy.end();
    if (stored !== this.#sent) throw new Error(`${this.#sent} rows were sent and the destination stored ${stored}`);
    this.#copy = undefined;
    this.#sent = 0;
    this.#stored += stored;
  }

  async abort(): Promise<void> {
    await this.#copy?.abort();
    this.#copy = undefined;
  }
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one === other || (one.length === other.length && one.every((name, index) => name === other[index]));
}
