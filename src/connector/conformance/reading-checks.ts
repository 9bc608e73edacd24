import { isDeepStrictEqual } from "node:util";
import type { JsonValue } from "../../core/json.ts";
import type { Connector, RowBatch, StreamDefinition } from "../define-connector.ts";
import { assert, assertStreamNames, type Check } from "./check.ts";
import { illegalValue } from "./legal-values.ts";
import {
  contextOf,
  fixtureCheck,
  type OpenFixture,
  type OpenStream,
  openStreams,
  type Prepare,
} from "./open-fixture.ts";
import { readThrough, rowsOf, stored } from "./read-through.ts";

/** After an abort a connector may give out what it has at hand, but no more. */
const BATCHES_AFTER_ABORT = 1;

/** Resuming is tried from so many cursors, spread over the stream. */
const CURSORS_TRIED = 12;

/** Names that are the same in config.json, in the destination and in a shell. */
const CANONICAL = /^[a-z][a-z0-9_]{0,62}$/;

export function readingChecks(connector: Connector, prepare: Prepare): Check[] {
  const check = (title: string, use: (fixture: OpenFixture) => Promise<void>) =>
    fixtureCheck(title, { connector, prepare }, use);
  const withStreams = (title: string, each: (open: OpenStream) => Promise<void>): Check =>
    check(title, async (fixture) => {
      for (const open of await openStreams(fixture)) await each(open);
    });
  return [
    check("reports that a connection works", report),
    check("finds its streams", findStreams),
    withStreams("gives its streams canonical names", async ({ stream: { name } }) =>
      assert(CANONICAL.test(name), `"${name}" is not lower-case letters, digits and underscores`),
    ),
    withStreams("reads batches of legal values", readsLegally),
    withStreams("gives every row its key, and no two the same", hasKeys),
    withStreams("gives cursors that survive being stored", givesCursors),
    withStreams("reads the same rows at the same places again", readsAgain),
    withStreams("resumes from any cursor with exactly the rest, if it is ordered", resumes),
    withStreams("gives nothing more once it is read to its end", hasNothingMore),
    withStreams("stops soon after it is aborted", stops),
  ];
}

async function report(fixture: OpenFixture): Promise<void> {
  const { message } = await fixture.connector.check(contextOf(fixture) as never);
  assert(message.trim(), "the report has no message");
}

async function findStreams(fixture: OpenFixture): Promise<void> {
  const streams = await openStreams(fixture);
  assert(streams.length > 0, "there is no stream");
  assertStreamNames(streams.map(({ stream }) => stream.name));
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

async function hasKeys({ stream, read }: OpenStream): Promise<void> {
  const { name, primaryKey = [], mode } = stream;
  assert(mode !== "merge" || primaryKey.length > 0, `${name}: its mode is merge, and it has no key`);
  if (primaryKey.length === 0) return;
  const seen = new Set<string>();
  for (const { row } of (await readThrough(read())).rows) {
    const empty = primaryKey.find((field) => row[field] === undefined || row[field] === null);
    assert(empty === undefined, `${name}: a row has no "${empty}", which is of its key`);
    const key = JSON.stringify(primaryKey.map((field) => row[field]));
    assert(!seen.has(key), `${name}: two rows have the key ${key}`);
    seen.add(key);
  }
}

/** Where nothing is to be gone on from, there need be none. */
async function givesCursors({ stream, read }: OpenStream): Promise<void> {
  const given: JsonValue[] = [];
  const { cursors } = await readThrough(noting(read(), given));
  const same = given.every((cursor) => isDeepStrictEqual(cursor, stored(cursor)));
  assert(same, `${stream.name}: a cursor is not JSON`);
  assert(cursors.length > 0 || isWhole(stream), `${stream.name}: no batch has a cursor`);
}

async function* noting(batches: AsyncIterable<RowBatch>, given: JsonValue[]): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    if (batch.cursor !== undefined) given.push(batch.cursor);
    yield batch;
  }
}

/** It is read from its beginning every time. */
function isWhole({ ordered, cursorField, mode }: StreamDefinition): boolean {
  return ordered !== true && cursorField === undefined && (mode === "replace" || mode === "merge");
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
