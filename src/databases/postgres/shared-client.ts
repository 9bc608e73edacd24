import type pg from "pg";

/** A connection that several use in turns: what one does on it is over before the next begins. */
export class SharedClient {
  readonly client: pg.Client;
  #last: Promise<unknown> = Promise.resolve();

  constructor(client: pg.Client) {
    this.client = client;
  }

  use<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => work(this.client));
    this.#last = turn.catch(() => {});
    return turn;
  }
}
