import type pg from "pg";
import type { Batch } from "../../connector/define-connector.ts";
import { StreamShare, type Writing } from "./stream-share.ts";

export interface StreamSharesDeps {
  /** Connects, and chooses how rows are written. */
  begin(): Promise<Writing>;
  /** Takes a connection back when no transaction is open on it. */
  giveBack(client: pg.Client): void;
  /** Several connections write into the table. */
  becameSeveral(): void;
  now(): number;
}

/** What the connections of one stream write: one of them all of it, or several the rows of a reading each. */
export class StreamShares {
  readonly #deps: StreamSharesDeps;
  readonly first: StreamShare;
  readonly #all: StreamShare[];

  constructor(deps: StreamSharesDeps) {
    this.#deps = deps;
    this.first = new StreamShare(deps.now());
    this.#all = [this.first];
  }

  get all(): readonly StreamShare[] {
    return this.#all;
  }

  /** That of the reading which a batch belongs to. */
  of(batch: Batch): StreamShare {
    const reading = "reading" in batch ? batch.reading : undefined;
    return reading === undefined ? this.first : this.#at(reading);
  }

  /** What a share is written with. A stream with nothing new never asks, and so needs no connection of its own. */
  async write(share: StreamShare): Promise<Writing> {
    share.beginning ??= this.#deps.begin();
    share.writing ??= await share.beginning;
    return share.writing;
  }

  /** Connects for so many readings while the source is still looking for its first rows. */
  expect(readings: number): void {
    for (let reading = 0; reading < readings; reading++) {
      const share = this.#at(reading);
      share.beginning ??= this.#deps.begin();
      // Who writes hears of it.
      share.beginning.catch(() => {});
    }
  }

  /** Drops what was written and not committed. */
  async abandon(): Promise<void> {
    for (const { writing } of this.#all) await writing?.lane.abandon();
  }

  /** Those connections too that no rows came for. */
  async giveBack(): Promise<void> {
    for (const { beginning } of this.#all) {
      const begun = await beginning?.catch(() => undefined);
      if (begun !== undefined) this.#deps.giveBack(begun.checkpoint.client);
    }
  }

  /** After a failure, of which nobody knows what it did to them. */
  async closeConnections(): Promise<void> {
    await Promise.all(this.#all.map(({ writing }) => writing?.checkpoint.client.end().catch(() => {})));
  }

  #at(reading: number): StreamShare {
    this.#deps.becameSeveral();
    while (this.#all.length <= reading) this.#all.push(new StreamShare(this.#deps.now()));
    return this.#all[reading] as StreamShare;
  }
}
