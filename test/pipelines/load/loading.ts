import type { Row, RowBatch } from "../../../src/connector/define-connector.ts";
import { createEventStream } from "../../../src/core/event-stream.ts";
import type { RunEvent } from "../../../src/core/events.ts";
import { uuidv7 } from "../../../src/core/ids.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import { createRedactor } from "../../../src/core/redaction.ts";
import { systemClock } from "../../../src/core/time.ts";
import { connectPostgres, type PostgresAddress } from "../../../src/databases/postgres/client.ts";
import { readDestinationId } from "../../../src/databases/postgres/system-schema.ts";
import { readConnectionState } from "../../../src/pipelines/load/connection-state.ts";
import { type LoadSession, openLoadSession } from "../../../src/pipelines/load/load-session.ts";
import type { ReadStart, StateMirror, StreamPlan, StreamResult } from "../../../src/pipelines/load/plan.ts";

export interface Loading {
  connectionId: string;
  /** Loads one stream in a session of its own, as a run does; starts from what the destination says. */
  load(plan: Partial<StreamPlan> & Pick<StreamPlan, "read">, options?: LoadOptions): Promise<StreamResult>;
  session(mirror?: StateMirror): Promise<LoadSession>;
  /** As the destination has it. */
  state(): Promise<StateMirror | undefined>;
  events: RunEvent[];
}

export interface LoadOptions {
  signal?: AbortSignal;
  mirror?: StateMirror;
}

/** A connection's loads into a database, with their events kept. */
export function loadingInto(address: PostgresAddress, connectionId: string = uuidv7()): Loading {
  const events: RunEvent[] = [];
  let mirror: StateMirror | undefined;
  const session = async (asConfigSays: StateMirror | undefined = mirror) => {
    const run_id = uuidv7();
    const redactor = createRedactor(["hunter2-secret"]);
    const stream = createEventStream({ run_id, connection: "shop", type: "test" }, redactor, systemClock);
    stream.subscribe((event) => events.push(event));
    const connection = { id: connectionId, name: "shop", type: "test" };
    const opened = await openLoadSession({ address, run_id, connection, events: stream, clock: systemClock, redactor });
    await opened.reconcile(asConfigSays);
    return opened;
  };
  const load: Loading["load"] = async (plan, options = {}) => {
    const opened = await session(options.mirror);
    try {
      const result = await opened.loadStream(planOf(plan), options.signal ?? new AbortController().signal);
      mirror = await opened.currentState();
      return result;
    } finally {
      await opened.close();
    }
  };
  const state: Loading["state"] = async () => {
    const client = await connectPostgres(address, { application_name: "test" });
    try {
      const id = await readDestinationId(client);
      return id === undefined ? undefined : (await readConnectionState(client, connectionId, id)).mirror;
    } finally {
      await client.end();
    }
  };
  return { connectionId, load, session, state, events };
}

export function planOf(plan: Partial<StreamPlan> & Pick<StreamPlan, "read">): StreamPlan {
  return {
    stream: "orders",
    namespace: "shop",
    mode: "append",
    primary_key: [],
    ordered: true,
    full_refresh: false,
    drift: "evolve",
    max_rejects: 0,
    metadata: true,
    nul: "reject",
    // Commits are due by bytes only: what is tested must not depend on how fast the machine is.
    checkpoint_ms: 600_000,
    mayCommit: () => {},
    ...plan,
  };
}

/** A source that holds `rows` and can be read on from any of them: the cursor is the number of rows read. */
export function rowsSource(rows: readonly Row[], batchSize = 10) {
  return async function* read({ cursor }: Pick<ReadStart, "cursor">): AsyncGenerator<RowBatch> {
    for (let at = Number(cursor ?? 0); at < rows.length; at += batchSize) {
      const end = Math.min(rows.length, at + batchSize);
      const from = at;
      yield { rows: rows.slice(from, end), cursor: String(end), positionOf: (index) => `row ${from + index + 1}` };
    }
  };
}

/** The same rows from a source whose cursor counts only at its end. */
export function unorderedSource(rows: readonly Row[], cursor: JsonValue, batchSize = 10) {
  return async function* read(start: Pick<ReadStart, "cursor">): AsyncGenerator<RowBatch> {
    if (start.cursor === cursor) return;
    for (let at = 0; at < rows.length; at += batchSize) yield { rows: rows.slice(at, at + batchSize) };
    yield { rows: [], cursor };
  };
}

/** Text rows under a header, as from a CSV file. */
export function textSource(
  columns: readonly string[],
  values: readonly (readonly (string | null)[])[],
  batchSize = 10,
) {
  return async function* read({ cursor }: Pick<ReadStart, "cursor">): AsyncGenerator<RowBatch> {
    for (let at = Number(cursor ?? 0); at < values.length; at += batchSize) {
      const end = Math.min(values.length, at + batchSize);
      yield { columns, values: values.slice(at, end), untyped: true, cursor: String(end) };
    }
  };
}
