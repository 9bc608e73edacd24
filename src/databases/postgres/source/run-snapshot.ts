import { quoteLiteral } from "../identifiers.ts";
import { asSourceError } from "./source-error.ts";
import type { SourceServer, SourceSession } from "./source-server.ts";

/**
 * One moment as of which all streams of a run are read. A connection of its own keeps it until the run is over. A stream
 * that begins after that connection has broken gets a new one, and the run says so.
 */
export class RunSnapshot {
  readonly #server: SourceServer;
  #taken: Promise<{ id: string; session: SourceSession }> | undefined;
  #times = 0;

  constructor(server: SourceServer) {
    this.#server = server;
  }

  /** What a transaction begins with that is to see that moment. */
  async importSql(): Promise<string> {
    this.#taken ??= this.#take().catch((error) => {
      this.#taken = undefined;
      throw error;
    });
    return `set transaction snapshot ${quoteLiteral((await this.#taken).id)}`;
  }

  async #take(): Promise<{ id: string; session: SourceSession }> {
    const session = await this.#server.connect();
    session.client.once("end", () => {
      this.#taken = undefined;
    });
    try {
      const answers = (await session.client.query(
        `${this.#server.begin()}; select pg_export_snapshot() as id`,
      )) as unknown;
      const { rows } = (answers as { rows: { id: string }[] }[]).at(-1) ?? { rows: [] };
      this.#times += 1;
      if (this.#times > 1) this.#sayNew();
      return { id: rows[0]?.id ?? "", session };
    } catch (error) {
      await session.client.end().catch(() => {});
      throw asSourceError(error, "taking the snapshot that all streams are read in", session.place);
    }
  }

  #sayNew(): void {
    this.#server.context.log(
      "warn",
      "the connection that kept the run's snapshot was lost: streams that are read from now on see a later moment",
    );
  }
}
