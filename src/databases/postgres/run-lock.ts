import { createHash } from "node:crypto";
import type pg from "pg";
import { SluiceError } from "../../core/errors.ts";
import { reached } from "../../core/milestones.ts";
import { connectPostgres, describeAddress, type PostgresAddress } from "./client.ts";
import { asDestinationError } from "./destination-error.ts";
import { ensureSystemSchema } from "./system-schema.ts";

/*
 * One run of a connection at a time, whatever machine it is on. Who reaches the server directly holds an advisory lock
 * of its session, which the server frees the moment the session dies. Behind a pooler, sessions are shared and such a
 * lock means nothing: there the row in `_sluice.leases` alone counts until it expires. Both write the row, so that both
 * kinds of holder see each other; a direct one that got the advisory lock knows that a direct holder's row is dead.
 * Locks only spare wasted work. What keeps rows exact is the compare-and-set of every commit.
 */

export interface RunHolder {
  run_id: string;
  host: string;
  pid: number;
}

export interface RunLock {
  release(): Promise<void>;
  /** Aborts with a SluiceError when the lock is lost: the connection broke, or the lease could not be renewed. */
  readonly lost: AbortSignal;
}

export interface RunLockTiming {
  /** How long a row counts without being renewed. */
  lease_ms: number;
  renew_ms: number;
}

/** A pause of the process, or of the network, may last three renewals. */
const TIMING: RunLockTiming = { lease_ms: 60_000, renew_ms: 15_000 };

/** A server that does not answer must not keep the end of a run waiting. */
const RELEASE_LIMIT_MS = 5_000;

/**
 * A session whose machine has vanished is found dead after some 25 s; a killed process at once, even in a query. One that
 * only holds the lock is idle most of the time, which some roles are not allowed for long. A server that crashes frees the
 * lock, so that nothing has to wait until the row of it is on disk.
 */
const VIGILANCE = [
  "set idle_session_timeout = 0",
  "set synchronous_commit = off",
  "set client_connection_check_interval = '1s'",
  "set tcp_keepalives_idle = 10",
  "set tcp_keepalives_interval = 5",
  "set tcp_keepalives_count = 3",
];

/** Throws already_running, with the holder in its details, when another run holds the connection. */
export async function acquireRunLock(
  address: PostgresAddress,
  connectionId: string,
  holder: RunHolder,
  timing: RunLockTiming = TIMING,
): Promise<RunLock> {
  const client = await connectPostgres(address, { application_name: `sluice run ${holder.run_id}` });
  try {
    await ensureSystemSchema(client);
    const lock = new DestinationLock({ client, address, connectionId, holder, timing, via: await linkOf(client) });
    await lock.acquire();
    reached("run_lock_taken");
    return lock;
  } catch (error) {
    await client.end().catch(() => {});
    throw asDestinationError(error, "taking the run lock in the destination", address);
  }
}

/** `session`: this connection has a server process of its own. */
type Via = "session" | "lease";

interface LockParts {
  client: pg.Client;
  address: PostgresAddress;
  connectionId: string;
  holder: RunHolder;
  timing: RunLockTiming;
  via: Via;
}

/** A pooler greets with a process id of its own making; the server tells the real one. */
async function linkOf(client: pg.Client): Promise<Via> {
  const greeted = (client as pg.Client & { processID: number | null }).processID;
  const { rows } = await client.query("select pg_backend_pid() as pid");
  return rows[0].pid === greeted ? "session" : "lease";
}

class DestinationLock implements RunLock {
  readonly #parts: LockParts;
  readonly #lost = new AbortController();
  readonly #since = new Date().toISOString();
  #client: pg.Client;
  #timer: NodeJS.Timeout | undefined;
  #renewing: Promise<void> = Promise.resolve();
  #validUntil = 0;
  #released: Promise<void> | undefined;

  constructor(parts: LockParts) {
    this.#parts = parts;
    this.#client = parts.client;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async acquire(): Promise<void> {
    if (this.#parts.via === "session") await this.#lockSession();
    const asked = Date.now();
    if (!(await this.#writeLease())) throw await this.#alreadyRunning();
    this.#validUntil = asked + this.#parts.timing.lease_ms;
    if (this.#parts.via === "session")
      this.#client.on("end", () => this.#lose("the connection broke. Check that the server runs"));
    this.#timer = setInterval(() => {
      this.#renewing = this.#renewing.then(() => this.#renew());
    }, this.#parts.timing.renew_ms);
    this.#timer.unref();
  }

  release(): Promise<void> {
    this.#released ??= this.#end();
    return this.#released;
  }

  async #lockSession(): Promise<void> {
    // Not every platform of a server knows every one of these, and the lock holds without them.
    for (const statement of VIGILANCE) await this.#client.query(statement).catch(() => {});
    const { rows } = await this.#client.query("select pg_try_advisory_lock($1) as locked", [this.#key]);
    if (!rows[0].locked) throw await this.#alreadyRunning();
  }

  /** Takes over what has expired and what is ours; holding the advisory lock, also what a dead session left. */
  async #writeLease(): Promise<boolean> {
    const { rowCount } = await this.#client.query(
      `insert into _sluice.leases as held (connection_id, holder, expires_at)
       values ($1, $2, now() + $3 * interval '1 millisecond')
       on conflict (connection_id) do update set holder = excluded.holder, expires_at = excluded.expires_at
       where held.expires_at < now() or held.holder->>'run_id' = $4 or ($5 and held.holder->>'via' = 'session')`,
      [
        this.#connectionId,
        this.#row,
        this.#parts.timing.lease_ms,
        this.#parts.holder.run_id,
        this.#parts.via === "session",
      ],
    );
    return rowCount === 1;
  }

  async #renew(): Promise<void> {
    if (this.#released !== undefined || this.lost.aborted) return;
    const asked = Date.now();
    try {
      if (this.#parts.via === "lease") await this.#reconnectIfBroken();
      if (!(await this.#writeLease())) return this.#lose("another run has taken the lease over");
      this.#validUntil = asked + this.#parts.timing.lease_ms;
    } catch (error) {
      if (Date.now() >= this.#validUntil)
        this.#lose("the lease could not be renewed in time. Check that the server runs", error);
    }
  }

  /** A lease outlives the connection that wrote it. */
  async #reconnectIfBroken(): Promise<void> {
    const works = await this.#client.query("select").then(
      () => true,
      () => false,
    );
    if (works) return;
    await this.#client.end().catch(() => {});
    const { address, holder } = this.#parts;
    this.#client = await connectPostgres(address, { application_name: `sluice run ${holder.run_id}` });
  }

  #lose(why: string, cause?: unknown): void {
    if (this.#released !== undefined || this.lost.aborted) return;
    clearInterval(this.#timer);
    const message = `holding the run lock in ${describeAddress(this.#parts.address)}: ${why}. If no attempt is left, run again: nothing is lost or doubled.`;
    this.#lost.abort(new SluiceError("destination_lost", message, { cause }));
  }

  async #end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewing;
    const { holder } = this.#parts;
    const sql = "delete from _sluice.leases where connection_id = $1 and holder->>'run_id' = $2";
    const query = { text: sql, values: [this.#connectionId, holder.run_id], query_timeout: RELEASE_LIMIT_MS };
    await this.#client.query(query).catch(() => {});
    await this.#client.end().catch(() => {});
  }

  async #alreadyRunning(): Promise<SluiceError> {
    const sql = "select holder from _sluice.leases where connection_id = $1";
    const { rows } = await this.#client.query(sql, [this.#connectionId]);
    const held = rows[0]?.holder as (RunHolder & { since: string }) | undefined;
    const who =
      held === undefined
        ? "another run, which is just starting,"
        : `process ${held.pid} on ${held.host} (run ${held.run_id}, since ${held.since})`;
    const message = `taking the run lock in the destination: ${who} holds it. Wait for that run to end, or stop it.`;
    return new SluiceError("already_running", message, { details: held === undefined ? {} : { ...held } });
  }

  get #connectionId(): string {
    return this.#parts.connectionId;
  }

  get #row(): string {
    const { holder, via } = this.#parts;
    return JSON.stringify({ ...holder, via, since: this.#since });
  }

  /** The connection's number in the server's space of advisory locks. */
  get #key(): string {
    return createHash("sha256").update(`sluice run ${this.#connectionId}`).digest().readBigInt64BE(0).toString();
  }
}
