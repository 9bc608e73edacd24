import { isSluiceError } from "../../core/errors.ts";
import type { SharedClient } from "../../databases/postgres/shared-client.ts";
import { keepsNoColumn } from "./first-columns.ts";
import type { LoadTarget } from "./load-target.ts";
import type { EncodedBatch, RowEncoder } from "./row-encoder.ts";

/** A table and what makes its rows. */
export interface EncodedTable {
  target: LoadTarget;
  encoder: RowEncoder;
}

/**
 * Columns that other loads make and widen while this one is under way are used also by one whose drift policy lets it
 * change none, as they would be had it begun later. Before it keeps something out it looks whether there are any: once a
 * checkpoint, as a look takes time that every batch would pay for, and always before it fails.
 */
export class LaterColumns {
  readonly #aside: SharedClient;
  readonly #tables: () => readonly EncodedTable[];
  #hasLooked = false;

  constructor(aside: SharedClient, tables: () => readonly EncodedTable[]) {
    this.#aside = aside;
    this.#tables = tables;
  }

  async encode(encode: () => EncodedBatch): Promise<EncodedBatch> {
    let encoded = await this.#attempt(encode);
    if (encoded === undefined || (this.#mayLook && (await this.#learn()))) {
      encoded?.release?.();
      encoded = encode();
    }
    for (const { encoder } of this.#tables()) encoder.take();
    return encoded;
  }

  committed(): void {
    this.#hasLooked = false;
  }

  /** Undefined when it failed for a column that another load has made or widened by now. */
  async #attempt(encode: () => EncodedBatch): Promise<EncodedBatch | undefined> {
    try {
      return encode();
    } catch (error) {
      const isFrozen = isSluiceError(error) && error.code === "schema_frozen";
      if (!isFrozen || !(await this.#learn())) throw error;
      return undefined;
    }
  }

  get #mayLook(): boolean {
    return !this.#hasLooked && this.#tables().some(({ encoder }) => encoder.keepsOut);
  }

  async #learn(): Promise<boolean> {
    this.#hasLooked = true;
    const targets = this.#tables().map(({ target }) => target);
    return this.#aside.use(async (client) => {
      let isNews = false;
      for (const target of targets) {
        if (!keepsNoColumn(target) && (await target.learn(client))) isNews = true;
      }
      return isNews;
    });
  }
}
