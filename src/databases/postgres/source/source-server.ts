import type pg from "pg";
import { SluiceError } from "../../../core/errors.ts";
import { describeAddress, logIn, type PostgresAddress, SESSION_SETTINGS } from "../client.ts";
import { quoteLiteral } from "../identifiers.ts";
import { cancelStatement } from "./cancel-statement.ts";
import { createReadingSocket } from "./reading-socket.ts";
import { sourceAddresses } from "./source-address.ts";
import { asSourceError, type SourcePlace } from "./source-error.ts";
import type { SessionAttributes, SourceContext } from "./source-settings.ts";

/** A connection that reads, with what is known of its server. */
export interface SourceSession {
  client: pg.Client;
  address: PostgresAddress;
  place: SourcePlace;
  version: string;
  /** As `server_version_num` counts. */
  versionNumber: number;
  isStandby: boolean;
  isReadOnly: boolean;
}

/** How a transaction begins. */
interface ReadingSetUp {
  /** Ends the work wherever it is. */
  signal: AbortSignal;
  /** The moment that all transactions of the run see, if they are to see one. */
  snapshot: { importSql(): Promise<string> } | undefined;
  /** The last of them must not hold a line that ends in a comment. */
  setUp: readonly string[];
}

/** What a stream reads is seen as of one moment, and nothing can be changed. */
const BEGIN = "begin isolation level repeatable read, read only";

/** Behind a pooler each transaction may meet another session, so that every one of them is pinned for itself. */
const LOCAL_SETTINGS = SESSION_SETTINGS.replaceAll(/\bset /g, "set local ");

/**
 * The source's servers and the connections to them that one use of the connector makes. A connection that is given back
 * serves the next stream; all are closed when the use is over.
 */
export class SourceServer {
  readonly context: SourceContext;
  readonly addresses: PostgresAddress[];
  readonly #idle: SourceSession[] = [];
  readonly #waiting: PromiseWithResolvers<SourceSession>[] = [];
  #isConnecting = false;
  #isClosed = false;
  readonly #open = new Set<pg.Client>();

  constructor(context: SourceContext) {
    this.context = context;
    this.addresses = sourceAddresses(context);
    context.defer(() => this.close());
  }

  /**
   * Lends a connection for the length of `work`, in a transaction that only reads. `setUp` is done in one round trip;
   * `work` gets the rows of its last statement.
   */
  async *reading<T>(
    label: string,
    { signal, snapshot, setUp }: ReadingSetUp,
    work: (session: SourceSession, rows: object[]) => AsyncGenerator<T>,
  ): AsyncGenerator<T> {
    signal.throwIfAborted();
    const moment = snapshot === undefined ? [] : [await snapshot.importSql()];
    const session = await this.#take();
    // A run that is stopped does not wait for a statement that may take hours.
    const stop = () => cut(session.client);
    signal.addEventListener("abort", stop, { once: true });
    let isClean = false;
    try {
      const rows = await setUpBy(session, label, [this.begin(), ...moment, ...setUp].join("; "));
      yield* work(session, rows);
      await session.client.query("commit");
      isClean = true;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
      this.#giveBack(session, isClean);
    }
  }

  /** The same for work that ends with one answer. */
  async use<T>(signal: AbortSignal, work: (session: SourceSession) => Promise<T>): Promise<T> {
    const once = async function* (session: SourceSession) {
      yield await work(session);
    };
    const answers: T[] = [];
    // To its end: a reading that is left early costs its connection.
    for await (const answer of this.reading("the catalogue", { signal, snapshot: undefined, setUp: [] }, once))
      answers.push(answer);
    return answers[0] as T;
  }

  /** Begins a transaction with the timeouts of the options; a slow destination must not end it. */
  begin(): string {
    const { statement_timeout_s, lock_timeout_s } = this.context.options;
    return [
      BEGIN,
      LOCAL_SETTINGS,
      "set local idle_in_transaction_session_timeout = 0",
      ...(statement_timeout_s === undefined
        ? []
        : [`set local statement_timeout = ${milliseconds(statement_timeout_s)}`]),
      `set local lock_timeout = ${milliseconds(lock_timeout_s ?? DEFAULT_LOCK_TIMEOUT_S)}`,
    ].join("; ");
  }

  /** What is being connected meanwhile is closed as soon as it is there. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#open].map((client) => client.end().catch(() => {})));
  }

  async #take(): Promise<SourceSession> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const wish = Promise.withResolvers<SourceSession>();
    this.#waiting.push(wish);
    void this.#connectForWaiting();
    return wish.promise;
  }

  /** One at a time: streams with nothing new are read sooner one after another than each over a new connection. */
  async #connectForWaiting(): Promise<void> {
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    while (this.#waiting.length > 0) {
      try {
        this.#lend(await this.connect());
      } catch (error) {
        for (const wish of this.#waiting.splice(0)) wish.reject(error);
      }
    }
    this.#isConnecting = false;
  }

  #lend(session: SourceSession): void {
    const wish = this.#waiting.shift();
    if (wish === undefined) this.#idle.push(session);
    else wish.resolve(session);
  }

  #giveBack(session: SourceSession, isClean: boolean): void {
    if (!isClean) cut(session.client);
    else if (this.#open.has(session.client)) this.#lend(session);
  }

  /** A new connection to the first server that will do. The caller ends it, or the end of the use does. */
  async connect(): Promise<SourceSession> {
    let failure: unknown;
    for (const address of this.addresses) {
      try {
        return await this.#connectTo(address);
      } catch (error) {
        failure ??= error;
        if (this.addresses.length > 1 && error instanceof SluiceError && error.code === "credentials_rejected") break;
      }
    }
    throw failure;
  }

  async #connectTo(address: PostgresAddress): Promise<SourceSession> {
    const { connection, options } = this.context;
    const place = { connection, ...placeOf(address) };
    const doing = `connecting to ${describeAddress(address)}`;
    let client: pg.Client | undefined;
    try {
      const application_name = options.application_name ?? `sluice ${connection}`;
      client = await logIn(address, { application_name, stream: createReadingSocket });
      const session = { client, address, place, ...(await pinSession(client, options.search_path)) };
      if (this.#isClosed) throw new SluiceError("internal", `${doing}: nobody needs the connection any more`);
      assertWanted(session, options.target_session_attrs ?? "any", doing);
      this.#keep(client);
      return session;
    } catch (error) {
      await client?.end().catch(() => {});
      throw asSourceError(error, doing, place);
    }
  }

  #keep(client: pg.Client): void {
    this.#open.add(client);
    client.once("end", () => {
      this.#open.delete(client);
      const at = this.#idle.findIndex((session) => session.client === client);
      if (at !== -1) this.#idle.splice(at, 1);
    });
  }
}

async function setUpBy({ client, place }: SourceSession, label: string, sql: string): Promise<object[]> {
  try {
    const answers = (await client.query(sql)) as unknown as pg.QueryResult<object>[];
    return answers.at(-1)?.rows ?? [];
  } catch (error) {
    throw asSourceError(error, `reading ${label}`, place);
  }
}

/** Long enough for most changes of a table, short enough that a forgotten one is noticed. */
const DEFAULT_LOCK_TIMEOUT_S = 60;

const WHAT_IT_IS = `select current_setting('server_version_num')::int as "versionNumber",
  current_setting('server_version') as version, pg_is_in_recovery() as "isStandby",
  current_setting('transaction_read_only') = 'on' as "isReadOnly"`;

async function pinSession(client: pg.Client, search_path: string | undefined) {
  const path =
    search_path === undefined ? "" : `select set_config('search_path', ${quoteLiteral(search_path)}, false); `;
  const results = (await client.query(`${SESSION_SETTINGS}; ${path}${WHAT_IT_IS}`)) as unknown as pg.QueryResult[];
  return (results.at(-1) as pg.QueryResult).rows[0] as Pick<
    SourceSession,
    "version" | "versionNumber" | "isStandby" | "isReadOnly"
  >;
}

function assertWanted(
  session: Pick<SourceSession, "isStandby" | "isReadOnly">,
  wanted: SessionAttributes,
  doing: string,
): void {
  const { isStandby, isReadOnly } = session;
  const fits = {
    any: true,
    primary: !isStandby,
    standby: isStandby,
    "read-write": !isReadOnly,
    "read-only": isReadOnly,
  };
  if (fits[wanted]) return;
  const is = isStandby ? "a standby" : isReadOnly ? "read-only" : "a primary that takes writes";
  throw new SluiceError(
    "source_unreachable",
    `${doing}: the server is ${is}, and \`target_session_attrs\` asks for ${wanted}. Name a server that is, in \`host\`.`,
  );
}

/** The server is asked to stop as well: it would notice the end of the connection only when it has rows to send. */
function cut(client: pg.Client): void {
  cancelStatement(client);
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  connection.stream.destroy();
}

function placeOf({ host, port, database, username }: PostgresAddress) {
  return { host, port, database, username };
}

function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}
