import type pg from "pg";
import { connectPostgres, type PostgresAddress } from "./client.ts";
import { type LoadingSession, settleForLoading } from "./loading-session.ts";

/** Connections fit for loading, one for each that loads. What one has given back serves the next. */
export class LoadingConnections {
  readonly #address: PostgresAddress;
  readonly #open = new Set<pg.Client>();
  readonly #idle: pg.Client[] = [];
  #isClosed = false;

  constructor(address: PostgresAddress) {
    this.#address = address;
  }

  async take(wanted: LoadingSession): Promise<pg.Client> {
    const client = this.#idle.pop() ?? (await this.#connect(wanted.application_name));
    await settleForLoading(client, wanted);
    return client;
  }

  /** With no transaction open; one that may have one is ended instead. */
  giveBack(client: pg.Client): void {
    if (this.#open.has(client)) this.#idle.push(client);
  }

  /** Those that are in use too, and what is being connected meanwhile as soon as it is there. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#open].map((client) => client.end().catch(() => {})));
  }

  async #connect(application_name: string): Promise<pg.Client> {
    const client = await connectPostgres(this.#address, { application_name });
    if (this.#isClosed) {
      await client.end().catch(() => {});
      throw new Error("the connections of the run are closed");
    }
    this.#open.add(client);
    client.once("end", () => this.#forget(client));
    return client;
  }

  #forget(client: pg.Client): void {
    this.#open.delete(client);
    const at = this.#idle.indexOf(client);
    if (at !== -1) this.#idle.splice(at, 1);
  }
}
