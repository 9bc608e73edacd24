import type pg from "pg";
import type { EventStream } from "../../core/event-stream.ts";
import type { Redactor } from "../../core/redaction.ts";
import type { Clock } from "../../core/time.ts";
import { connectPostgres, type PostgresAddress } from "../../databases/postgres/client.ts";
import { LoadingConnections } from "../../databases/postgres/loading-connections.ts";
import { settleForLoading } from "../../databases/postgres/loading-session.ts";
import { DEFAULT_LOCK_PATIENCE_MS } from "../../databases/postgres/lock-table.ts";
import { type RunRecord, recordRun } from "../../databases/postgres/run-history.ts";
import { SharedClient } from "../../databases/postgres/shared-client.ts";
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
  const application_name = `sluice ${options.run_id}`;
  const client = await connectPostgres(options.address, { application_name });
  try {
    await settleForLoading(client, { application_name, lock_timeout_ms: DEFAULT_LOCK_PATIENCE_MS });
    const id = await ensureSystemSchema(client);
    await holdStagingNames(client, options.run_id);
    const stagingInUse = await dropOrphans(client, options.run_id);
    const { rows } = await client.query("select current_setting('server_version') as version");
    const { host, port, database } = options.address;
    const destination = { id, host, port, database, version: rows[0].version };
    return new OpenSession(options, new SharedClient(client), destination, stagingInUse);
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

class OpenSession implements LoadSession {
  readonly destination: LoadSession["destination"];
  readonly #options: LoadSessionOptions;
  /** Statements on it commit by themselves; it also holds the names of the run's staging tables. */
  readonly #shared: SharedClient;
  readonly #connections: LoadingConnections;
  #known: KnownState | undefined;
  #stagingTables: number;

  constructor(
    options: LoadSessionOptions,
    shared: SharedClient,
    destination: LoadSession["destination"],
    stagingInUse: number,
  ) {
    this.#stagingTables = stagingInUse;
    this.#options = options;
    this.#shared = shared;
    this.#connections = new LoadingConnections(options.address);
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
    const application_name = `sluice ${run_id} ${plan.stream}`;
    const { lock_timeout_ms = DEFAULT_LOCK_PATIENCE_MS } = plan;
    const deps = {
      identity: { connection_id: connection.id, run_id },
      connect: () => this.#connections.take({ application_name, lock_timeout_ms }),
      giveBack: (client: pg.Client) => this.#connections.giveBack(client),
      aside: this.#shared,
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
    const lock_timeout_ms = plan.plans[0]?.lock_timeout_ms ?? DEFAULT_LOCK_PATIENCE_MS;
    const connect = () => this.#connections.take({ application_name: `sluice ${run_id}`, lock_timeout_ms });
    const client = await connect();
    try {
      const transaction = new JointTransaction(client, identity, connect);
      for (const { scope, cursor, revision } of known.rows.values()) transaction.know(scope, { cursor, revision });
      const nextStagingName = () => this.#nextStagingName();
      const services = { identity, aside: this.#shared, events, clock, redactor, nextStagingName };
      return await new JointLoad(services, transaction, plan).run(signal);
    } finally {
      await client.end().catch(() => {});
    }
  }

  async currentState(): Promise<StateMirror> {
    return (await this.#read()).mirror;
  }

  async record(run: RunRecord): Promise<void> {
    await this.#shared.use((client) => recordRun(client, run));
  }

  /** Also cuts off a stream that was left behind waiting: it must not commit after its run has ended. */
  async close(): Promise<void> {
    await Promise.all([this.#shared.client.end().catch(() => {}), this.#connections.close()]);
  }

  #nextStagingName(): string {
    this.#stagingTables += 1;
    return `${this.#options.run_id.replaceAll("-", "")}_${this.#stagingTables}`;
  }

  async #read(): Promise<KnownState> {
    const { connection } = this.#options;
    this.#known = await this.#shared.use((client) => readConnectionState(client, connection.id, this.destination.id));
    return this.#known;
  }
}
