import { hostname } from "node:os";
import type { SluiceError } from "../core/errors.ts";
import type { PostgresAddress } from "../databases/postgres/client.ts";
import { type EmbeddedLease, startEmbedded } from "../databases/postgres/embedded/embedded-postgres.ts";
import { type RunRecord, recordRunAt } from "../databases/postgres/run-history.ts";
import { acquireRunLock, type RunLock } from "../databases/postgres/run-lock.ts";
import { type LoadSession, openLoadSession } from "../pipelines/load/load-session.ts";
import type { ResolvedRun } from "./resolve-run.ts";
import type { RunContext } from "./run-context.ts";

/**
 * A run's way into its destination: the embedded server's lease, the lock against runs on other machines, and the load
 * session. Taken when an attempt needs them, kept from one attempt to the next unless the destination was the trouble.
 */
export class DestinationAccess {
  readonly #run: RunContext;
  readonly #resolved: ResolvedRun;
  #lease: EmbeddedLease | undefined;
  #address: PostgresAddress | undefined;
  /** Where it was last: what was given up may be there again. */
  #lastAddress: PostgresAddress | undefined;
  #lock: RunLock | undefined;
  #session: LoadSession | undefined;

  constructor(run: RunContext, resolved: ResolvedRun) {
    this.#run = run;
    this.#resolved = resolved;
  }

  /** Aborts when the lock in the destination is lost. */
  get lost(): AbortSignal | undefined {
    return this.#lock?.lost;
  }

  /** Lock and session are taken at the same time: a session that finds no lock beside it loads nothing. */
  async open(): Promise<LoadSession> {
    const address = await this.#reach();
    const [locking, opening] = await Promise.allSettled([this.#takeLock(address), this.#openSession(address)]);
    if (locking.status === "rejected") throw locking.reason;
    if (opening.status === "rejected") throw opening.reason;
    return opening.value;
  }

  /** Keeps the run in the destination's history, if the destination was reached: at best on the session's connection. */
  async record(run: RunRecord): Promise<void> {
    const address = this.#address ?? this.#lastAddress;
    if (address === undefined) return;
    if (this.#session === undefined) await recordRunAt(address, run);
    else await this.#session.record(run).catch(() => recordRunAt(address, run));
  }

  /** After a failed attempt: what may be broken is given up, so that the next one begins anew. */
  async recoverFrom(error: SluiceError): Promise<void> {
    if (error.code.startsWith("destination_") || this.lost?.aborted) await this.close();
  }

  /** In reverse order. What cannot be released any more has been released by the other side. */
  async close(): Promise<void> {
    const { session, lock, lease } = { session: this.#session, lock: this.#lock, lease: this.#lease };
    this.#session = undefined;
    this.#lock = undefined;
    this.#lease = undefined;
    this.#lastAddress = this.#address ?? this.#lastAddress;
    this.#address = undefined;
    await session?.close().catch(() => {});
    await lock?.release().catch(() => {});
    await lease?.release().catch((error) => this.#run.warn(`giving back the embedded Postgres: ${error.message}`));
  }

  async #takeLock(address: PostgresAddress): Promise<void> {
    const holder = { run_id: this.#run.run_id, host: hostname(), pid: process.pid };
    this.#lock ??= await acquireRunLock(address, this.#resolved.connection.id, holder);
  }

  async #openSession(address: PostgresAddress): Promise<LoadSession> {
    const { id, name, type } = this.#resolved.connection;
    const { run_id, events, redactor, deps } = this.#run;
    const options = { address, run_id, connection: { id, name, type }, events, clock: deps.clock, redactor };
    this.#session ??= await openLoadSession(options);
    return this.#session;
  }

  async #reach(): Promise<PostgresAddress> {
    const { target, connection } = this.#resolved;
    if (this.#address !== undefined) return this.#address;
    if (target.kind === "embedded") {
      this.#lease = await startEmbedded({ folder: target.folder, purpose: `run of ${connection.name}` });
      this.#address = this.#lease.address;
      this.#run.redactor.add([this.#address.password ?? ""]);
    } else {
      this.#address = target.credentials;
    }
    return this.#address;
  }
}
