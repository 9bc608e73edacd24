import type pg from "pg";
import type { EventStream } from "../../core/event-stream.ts";
import type { Redactor } from "../../core/redaction.ts";
import type { Clock } from "../../core/time.ts";
import { connectPostgres, type PostgresAddress } from "../../databases/postgres/client.ts";
import { settleForLoading } from "../../databases/postgres/loading-session.ts";
import { DEFAULT_LOCK_PATIENCE_MS } from "../../databases/postgres/lock-table.ts";
import { type RunRecord, recordRun } from "../../databases/postgres/run-history.ts";
import { dropOrphans, holdStagingNames } from "../../databases/postgres/staging.ts";
import { ensureSystemSchema } from "../../databases/postgres/system-schema.ts";
import { type KnownState, readConnectionState } from "./connection-state.ts";
import { JointLoad, type JointPlan } from "./joint-load.ts";
import { JointTransaction } from "./joint-transaction.ts";
import { loadStream } from "./load-stream.ts";
import type { StateMirror, StreamPlan, StreamResult } from "./plan.ts";
import { compareState, editedError, explain } from "./reconcile.ts";

export interface LoadSessionOptions {
  address: PostgresAddress;
  run_id: string;
  connection: { id: string; name: string; type: string };
  events: EventStream;
  clock: Clock;
  redactor: Redactor;
}

/** One attempt's work in the destination. */
export interface LoadSession {
  readonly destination: { id: string; host: string; port: number; database: string; version: string };
  /** Compares the mirror with the destination and says what it finds. Throws state_edited. Call it before loadStream. */
  reconcile(mirror: StateMirror | undefined): Promise<StateMirror>;
  /** Never throws for a failed stream: the result says so. Several streams may be loaded at once. */
  loadStream(plan: StreamPlan, signal: AbortSignal): Promise<StreamResult>;
  /** Loads streams that come mixed. Never throws for what goes wrong with them: their results say so. */
  loadJointly(plan: JointPlan, signal: AbortSignal): Promise<StreamResult[]>;
  /** The state as the destination has it now. */
  currentState(): Promise<StateMirror>;
  /** Keeps the run in the destination's history. */
  record(run: RunRecord): Promise<void>;
  close(): Promise<void>;
}

export async function openLoadSession(options: LoadSessionOptions): Promise<LoadSession> {
  const client = await connectPostgres(options.address, { application_name: `sluice ${options.run_id}` });
  try {
    await settleForLoading(client, DEFAULT_LOCK_PATIENCE_MS);
    const id = await ensureSystemSchema(client);
    await holdStagingNames(client, options.run_id);
    const stagingInUse = await dropOrphans(client, options.run_id);
    const { rows } = await client.query("select current_setting('server_version') as version");
    const { host, port, database } = options.address;
    const destination = { id, host, port, database, version: rows[0].version };
    return new OpenSession(options, client, destination, stagingInUse);
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

class OpenSession implements LoadSession {
  readonly destination: LoadSession["destination"];
  readonly #options: LoadSessionOptions;
  /** Statements on it commit by themselves; it also holds the names of the run's staging tables. */
  readonly #client: pg.Client;
  readonly #ofStreams = new Set<pg.Client>();
  #known: KnownState | undefined;
  #stagingTables: number;

  constructor(
    options: LoadSessionOptions,
    client: pg.Client,
    destination: LoadSession["destination"],
    stagingInUse: number,
  ) {
    this.#stagingTables = stagingInUse;
    this.#options = options;
    this.#client = client;
    this.destination = destination;
  }

  async reconcile(mirror: StateMirror | undefined): Promise<StateMirror> {
    const known = await this.#read();
    const finding = compareState(mirror, known.mirror);
    if (finding.found === "edited") throw editedError(this.#options.connection.name, finding.differences);
    const message = explain(finding);
    if (message !== undefined) {
      const data = { before: (mirror ?? null) as never, after: known.mirror as never };
      const from = { before_from: "config", after_from: "destination" };
      this.#options.events.emit({ kind: "state.reconciled", level: "warn", message, data: { ...data, ...from } });
    }
    return known.mirror;
  }

  async loadStream(plan: StreamPlan, signal: AbortSignal): Promise<StreamResult> {
    const { run_id, connection, events, clock, redactor } = this.#options;
    const known = this.#known ?? (await this.#read());
    const row = known.rows.get(plan.stream);
    const deps = {
      identity: { connection_id: connection.id, run_id },
      connect: () => this.#connect(`sluice ${run_id} ${plan.stream}`, plan.lock_timeout_ms),
      aside: this.#client,
      position: { cursor: row?.cursor ?? null, revision: row?.revision ?? 0 },
      nextStagingName: () => this.#nextStagingName(),
      events,
      clock,
      redactor,
    };
    return loadStream(deps, plan, signal);
  }

  async loadJointly(plan: JointPlan, signal: AbortSignal): Promise<StreamResult[]> {
    const { run_id, connection, events, clock, redactor } = this.#options;
    const known = this.#known ?? (await this.#read());
    const identity = { connection_id: connection.id, run_id };
    const connect = () => this.#connect(`sluice ${run_id}`, plan.plans[0]?.lock_timeout_ms);
    const client = await connect();
    try {
      const transaction = new JointTransaction(client, identity, connect);
      for (const { scope, cursor, revision } of known.rows.values()) transaction.know(scope, { cursor, revision });
      const nextStagingName = () => this.#nextStagingName();
      const services = { identity, aside: this.#client, events, clock, redactor, nextStagingName };
      return await new JointLoad(services, transaction, plan).run(signal);
    } finally {
      await client.end().catch(() => {});
    }
  }

  async currentState(): Promise<StateMirror> {
    return (await this.#read()).mirror;
  }

  async record(run: RunRecord): Promise<void> {
    await recordRun(this.#client, run);
  }

  /** Also cuts off a stream that was left behind waiting: it must not commit after its run has ended. */
  async close(): Promise<void> {
    await Promise.all([this.#client, ...this.#ofStreams].map((client) => client.end().catch(() => {})));
  }

  #nextStagingName(): string {
    this.#stagingTables += 1;
    return `${this.#options.run_id.replaceAll("-", "")}_${this.#stagingTables}`;
  }

  async #connect(application_name: string, lock_timeout_ms = DEFAULT_LOCK_PATIENCE_MS): Promise<pg.Client> {
    const client = await connectPostgres(this.#options.address, { application_name });
    this.#ofStreams.add(client);
    client.once("end", () => this.#ofStreams.delete(client));
    await settleForLoading(client, lock_timeout_ms);
    return client;
  }

  async #read(): Promise<KnownState> {
    this.#known = await readConnectionState(this.#client, this.#options.connection.id, this.destination.id);
    return this.#known;
  }
}
