import type { JsonObject, JsonValue } from "../../core/json.ts";
import { ConnectorScope } from "../connector-scope.ts";
import type { Batch, Connector, ConnectorContext, RowBatch, StreamDefinition } from "../define-connector.ts";
import type { HttpEvent } from "../http/http-client.ts";
import { asRowBatch } from "../sliced-batch.ts";
import { assert, type Check } from "./check.ts";
import type { TestedService } from "./tested-service.ts";

/** Something that a connector can read while it is checked; the same on every read. Give a few hundred rows or more. */
export interface ConformanceFixture {
  options: JsonObject;
  secrets?: Readonly<Record<string, string>>;
  workspace: string;
  /** The service behind it, where there is one that can be made to fail. */
  service?: TestedService;
  /** Ends what was started for it. */
  close?(): Promise<void>;
}

/** What is opened for one check, with all that was said meanwhile. */
export interface OpenFixture extends ConformanceFixture {
  connector: Connector;
  scope: ConnectorScope;
  events: HttpEvent[];
  log: string[];
  /** Pauses, which take no time here. */
  slept_ms: number[];
}

export interface OpenStream {
  stream: StreamDefinition;
  fixture: OpenFixture;
  read(how?: { cursor?: JsonValue; signal?: AbortSignal }): AsyncIterable<RowBatch>;
}

export type Prepare = () => Promise<ConformanceFixture>;

/** A check that opens a fixture of its own. */
export function fixtureCheck(
  title: string,
  { connector, prepare }: { connector: Connector; prepare: Prepare },
  use: (fixture: OpenFixture) => Promise<void>,
): Check {
  return { title, run: () => usingFixture(connector, prepare, use) };
}

async function usingFixture(
  connector: Connector,
  prepare: Prepare,
  use: (fixture: OpenFixture) => Promise<void>,
): Promise<void> {
  const fixture = await prepare();
  const scope = new ConnectorScope();
  try {
    await use({ ...fixture, connector, scope, events: [], log: [], slept_ms: [] });
  } finally {
    await scope.close();
    await fixture.close?.();
  }
}

export function contextOf(
  fixture: OpenFixture,
  signal: AbortSignal = new AbortController().signal,
): ConnectorContext<object, object> {
  const { connector, scope, events } = fixture;
  const log = (_level: unknown, message: string) => void fixture.log.push(message);
  const use = { signal, log, emit: (event: HttpEvent) => void events.push(event), clock: skippingClock(fixture) };
  return {
    connection: "conformance",
    options: connector.options.parse(fixture.options),
    secrets: connector.secrets.parse(fixture.secrets ?? {}),
    signal,
    workspace: fixture.workspace,
    log,
    saveSecret: async () => {},
    http: (options = {}) => scope.http(options, use),
    defer: scope.defer,
  };
}

/** Time goes by as always, and sleeping is going ahead in it. */
function skippingClock({ slept_ms }: OpenFixture) {
  let ahead_ms = 0;
  return {
    now: () => Date.now() + ahead_ms,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      slept_ms.push(ms);
      ahead_ms += ms;
    },
  };
}

export async function streamsOf(fixture: OpenFixture): Promise<readonly StreamDefinition[]> {
  const { streams } = fixture.connector;
  const offered = typeof streams === "function" ? await streams(contextOf(fixture) as never) : streams;
  return offered as readonly StreamDefinition[];
}

export async function openStreams(fixture: OpenFixture): Promise<OpenStream[]> {
  return (await streamsOf(fixture)).map((stream) => {
    const read: OpenStream["read"] = ({ cursor, signal } = {}) =>
      asRows(stream.read({ ...contextOf(fixture, signal), ...readingOf(stream), cursor: frozen(cursor) } as never));
    return { stream, fixture, read };
  });
}

function readingOf({ name, mode = "append", primaryKey = [], cursorField }: StreamDefinition) {
  return { stream: name, mode, primaryKey, cursorField, layout: () => "values" as const };
}

/** Bytes could not be looked at, so rows are asked for as values. */
async function* asRows(batches: AsyncIterable<Batch>): AsyncGenerator<RowBatch> {
  for await (const given of batches) {
    const batch = asRowBatch(given);
    assert(!("copy" in batch), "bytes were given where values were asked for");
    yield batch as RowBatch;
  }
}

/** What is stored is not the connector's to change: an attempt to throws. */
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const inner of Object.values(value)) frozen(inner);
  return Object.freeze(value);
}
