import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { systemClock } from "../../core/time.ts";
import { ConnectorScope } from "../connector-scope.ts";
import type { Batch, Connector, ConnectorContext, RowBatch, StreamDefinition } from "../define-connector.ts";
import { assert, assertStreamNames, type Check } from "./check.ts";
import { illegalValue } from "./legal-values.ts";

/** Something that a connector can read while it is checked; the same on every read. Give a few hundred rows or more. */
export interface ConformanceFixture {
  options: JsonObject;
  secrets?: Readonly<Record<string, string>>;
  workspace: string;
  /** Ends what was started for it. */
  close?(): Promise<void>;
}

/** After an abort a connector may give out what it has at hand, but no more. */
const BATCHES_AFTER_ABORT = 1;

/** Resuming is tried from so many cursors, spread over the stream. */
const CURSORS_TRIED = 12;

export function readingChecks(connector: Connector, prepare: () => Promise<ConformanceFixture>): Check[] {
  const withStreams = (title: string, each: (open: OpenStream) => Promise<void>): Check => ({
    title,
    run: () => usingFixture(prepare, async (fixture) => forEachStream(connector, fixture, each)),
  });
  return [
    {
      title: "reports that a connection works",
      run: () => usingFixture(prepare, (fixture) => report(connector, fixture)),
    },
    { title: "finds its streams", run: () => usingFixture(prepare, (fixture) => findStreams(connector, fixture)) },
    withStreams("reads batches of legal values", readsLegally),
    withStreams("gives cursors that survive being stored", givesCursors),
    withStreams("reads the same rows at the same places again", readsAgain),
    withStreams("resumes from any cursor with exactly the rest, if it is ordered", resumes),
    withStreams("gives nothing more once it is read to its end", hasNothingMore),
    withStreams("stops soon after it is aborted", stops),
  ];
}

async function usingFixture(
  prepare: () => Promise<ConformanceFixture>,
  use: (fixture: OpenFixture) => Promise<void>,
): Promise<void> {
  const fixture = await prepare();
  const scope = new ConnectorScope();
  try {
    await use({ ...fixture, scope });
  } finally {
    await scope.close();
    await fixture.close?.();
  }
}

function contextOf(connector: Connector, fixture: OpenFixture): ConnectorContext<object, object> {
  const { signal } = new AbortController();
  return {
    connection: "conformance",
    options: connector.options.parse(fixture.options),
    secrets: connector.secrets.parse(fixture.secrets ?? {}),
    signal,
    workspace: fixture.workspace,
    log: () => {},
    saveSecret: async () => {},
    http: (options = {}) => fixture.scope.http(options, { signal, log: () => {}, emit: () => {}, clock: systemClock }),
    defer: fixture.scope.defer,
  };
}

async function report(connector: Connector, fixture: OpenFixture): Promise<void> {
  const { message } = await connector.check(contextOf(connector, fixture) as never);
  assert(message.trim(), "the report has no message");
}

async function findStreams(connector: Connector, fixture: OpenFixture): Promise<void> {
  const streams = await streamsOf(connector, contextOf(connector, fixture));
  assert(streams.length > 0, "there is no stream");
  assertStreamNames(streams.map((stream) => stream.name));
}

async function streamsOf(
  connector: Connector,
  ctx: ConnectorContext<object, object>,
): Promise<readonly StreamDefinition[]> {
  const { streams } = connector;
  return (typeof streams === "function" ? await streams(ctx as never) : streams) as readonly StreamDefinition[];
}

/** What is opened for one check. */
interface OpenFixture extends ConformanceFixture {
  scope: ConnectorScope;
}

interface OpenStream {
  stream: StreamDefinition;
  read(how?: { cursor?: JsonValue; signal?: AbortSignal }): AsyncIterable<RowBatch>;
}

async function forEachStream(
  connector: Connector,
  fixture: OpenFixture,
  each: (open: OpenStream) => Promise<void>,
): Promise<void> {
  const ctx = contextOf(connector, fixture);
  for (const stream of await streamsOf(connector, ctx)) {
    const read: OpenStream["read"] = ({ cursor, signal = ctx.signal } = {}) =>
      asRows(stream.read({ ...ctx, signal, ...readingOf(stream), cursor } as never));
    await each({ stream, read });
  }
}

function readingOf({ name, mode = "append", primaryKey = [], cursorField }: StreamDefinition) {
  return { stream: name, mode, primaryKey, cursorField, layout: () => "values" as const };
}

/** Bytes could not be looked at, so rows are asked for as values. */
async function* asRows(batches: AsyncIterable<Batch>): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    assert(!("copy" in batch), "bytes were given where values were asked for");
    yield batch as RowBatch;
  }
}

async function readsLegally({ stream, read }: OpenStream): Promise<void> {
  let rows = 0;
  for await (const batch of read()) {
    for (const [column, value] of rowsOf(batch).flatMap((row) => Object.entries(row))) {
      const problem = illegalValue(value);
      assert(problem === undefined, `${stream.name}: "${column}" holds ${problem}`);
    }
    if ("values" in batch) {
      const uneven = batch.values.find((row) => row.length !== batch.columns.length);
      assert(
        uneven === undefined,
        `${stream.name}: a row has ${uneven?.length} values for ${batch.columns.length} columns`,
      );
    }
    rows += rowsOf(batch).length;
  }
  assert(rows > 0, `${stream.name}: the fixture gives no rows`);
}

async function givesCursors({ stream, read }: OpenStream): Promise<void> {
  let last: JsonValue | undefined;
  for await (const { cursor } of read()) {
    if (cursor !== undefined) {
      assert(isDeepStrictEqual(cursor, stored(cursor)), `${stream.name}: a cursor is not JSON`);
      last = stored(cursor);
    }
  }
  assert(last !== undefined, `${stream.name}: no batch has a cursor`);
}

async function readsAgain({ stream, read }: OpenStream): Promise<void> {
  const first = await readThrough(read());
  const second = await readThrough(read());
  assert(isDeepStrictEqual(first.rows, second.rows), `${stream.name}: a second read gives other rows or places`);
}

async function resumes({ stream, read }: OpenStream): Promise<void> {
  if (stream.ordered !== true) return;
  const whole = await readThrough(read());
  const step = Math.max(1, Math.ceil(whole.cursors.length / CURSORS_TRIED));
  for (const { cursor, rows } of whole.cursors.filter((_, index) => index % step === 0)) {
    const rest = await readThrough(read({ cursor }));
    const exact = isDeepStrictEqual(rest.rows, whole.rows.slice(rows));
    assert(
      exact,
      `${stream.name}: resumed after ${rows} of ${whole.rows.length} rows it does not give exactly the rest`,
    );
  }
}

async function hasNothingMore({ stream, read }: OpenStream): Promise<void> {
  const cursor = (await readThrough(read())).cursors.at(-1)?.cursor;
  if (cursor === undefined) return;
  const { rows } = await readThrough(read({ cursor }));
  assert(rows.length === 0, `${stream.name}: read to its end, it gives ${rows.length} rows again`);
}

async function stops({ stream, read }: OpenStream): Promise<void> {
  const stop = new AbortController();
  let after = 0;
  try {
    for await (const _ of read({ signal: stop.signal })) {
      if (stop.signal.aborted) after++;
      stop.abort();
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  }
  assert(after <= BATCHES_AFTER_ABORT, `${stream.name}: ${after} batches came after the abort`);
}

interface ReadThrough {
  rows: { row: Readonly<Record<string, unknown>>; position: string | undefined }[];
  /** Each as it comes back from the state, with the number of rows up to it. */
  cursors: { cursor: JsonValue; rows: number }[];
}

async function readThrough(batches: AsyncIterable<RowBatch>): Promise<ReadThrough> {
  const through: ReadThrough = { rows: [], cursors: [] };
  for await (const batch of batches) {
    const rows = rowsOf(batch).map((row, index) => ({ row, position: batch.positionOf?.(index) }));
    through.rows.push(...rows);
    if (batch.cursor !== undefined) through.cursors.push({ cursor: stored(batch.cursor), rows: through.rows.length });
  }
  return through;
}

function rowsOf(batch: RowBatch): Readonly<Record<string, unknown>>[] {
  if ("rows" in batch) return [...batch.rows];
  return batch.values.map((row) => Object.fromEntries(batch.columns.map((column, index) => [column, row[index]])));
}

function stored(cursor: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(cursor)) as JsonValue;
}
