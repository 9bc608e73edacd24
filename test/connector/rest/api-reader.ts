import { onTestFinished } from "vitest";
import type { RecordBatch } from "../../../src/connector/define-connector.ts";
import { createHttpSession } from "../../../src/connector/http/http-session.ts";
import { readRestStream } from "../../../src/connector/rest/read-stream.ts";
import { restOptions } from "../../../src/connector/rest/rest-options.ts";
import { type RestSource, restStream } from "../../../src/connector/rest/rest-stream.ts";
import type { EventInput } from "../../../src/core/events.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import { skippingClock } from "./rest-workspace.ts";

export interface ApiReader {
  /** Batches of a stream, as the pipeline would get them. */
  read(stream: string, cursor?: JsonValue): AsyncGenerator<RecordBatch>;
  /** All rows of it, with the last cursor. */
  readAll(stream: string, cursor?: JsonValue): Promise<ReadThrough>;
  /** What was said on the way. */
  warnings: string[];
  events: EventInput[];
}

export interface ReadThrough {
  rows: Record<string, unknown>[];
  rejects: { position: string; reason: string; text?: string }[];
  cursors: JsonValue[];
  cursor: JsonValue | undefined;
}

/** Reads an API without a run around it, over real HTTP. */
export function apiReader(options: unknown): ApiReader {
  const parsed = restOptions().parse(options);
  const session = createHttpSession({});
  onTestFinished(() => session.close());
  const warnings: string[] = [];
  const events: EventInput[] = [];
  const { signal } = new AbortController();
  const log: RestSource["log"] = (level, message) => {
    if (level === "warn") warnings.push(message);
  };
  const emit = (event: EventInput) => void events.push(event);
  const client = session.client({ baseUrl: parsed.base_url }, { signal, emit, log, clock: skippingClock() });
  const read: ApiReader["read"] = (stream, cursor) =>
    readRestStream({ client, options: parsed, signal, log }, restStream(parsed, stream), stored(cursor));
  return { read, readAll: (stream, cursor) => through(read(stream, cursor)), warnings, events };
}

async function through(batches: AsyncIterable<RecordBatch>): Promise<ReadThrough> {
  const all: ReadThrough = { rows: [], rejects: [], cursors: [], cursor: undefined };
  for await (const { rows, rejects = [], cursor } of batches) {
    all.rows.push(...rows);
    all.rejects.push(...rejects);
    if (cursor !== undefined) all.cursors.push(stored(cursor) as JsonValue);
  }
  all.cursor = all.cursors.at(-1);
  return all;
}

/** As it comes back from the state. */
export function stored<T>(value: T): T {
  return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
