import type { RowBatch } from "../connector/define-connector.ts";
import { asRowBatch } from "../connector/sliced-batch.ts";
import { SluiceError } from "../core/errors.ts";
import type { Connection } from "../workspace/config-schema.ts";
import { type Asking, askConnector } from "./ask-connector.ts";
import { type AnyStream, asSourceError, discoverStreams } from "./connector-calls.ts";
import type { ResolvedSource } from "./resolve-run.ts";
import { loadingOf } from "./stream-settings.ts";

/** The first rows of a stream, as its source gives them. */
export interface Preview {
  /** In the order in which they were met. */
  columns: readonly string[];
  /** A missing field is undefined. */
  rows: readonly (readonly unknown[])[];
  /** There is more at the source. */
  isCut: boolean;
  /** What could not be made into a row on the way. */
  rejects: number;
}

export interface PreviewRequest {
  connection: Connection;
  stream: string;
  limit: number;
}

/**
 * Reads a stream from its beginning until `limit` rows have come, and stops its source there. Loads nothing and moves no
 * cursor. Throws `stream_unknown`, and what the source throws.
 */
export async function previewStream(
  asking: Asking,
  source: ResolvedSource,
  { connection, stream, limit }: PreviewRequest,
): Promise<Preview> {
  const stopping = new AbortController();
  const signal = AbortSignal.any([asking.signal, stopping.signal]);
  return askConnector({ ...asking, signal }, connection.name, source, async (ctx) => {
    const offered = await discoverStreams(source.connector, ctx);
    const definition = offered.find(({ name }) => name === stream);
    if (definition === undefined) throw notOffered(connection.name, stream);
    const { mode, primary_key, cursor_field } = loadingOf(connection, definition);
    const start = { stream, mode, primaryKey: primary_key, cursorField: cursor_field, cursor: undefined };
    try {
      return await firstRows(definition.read({ ...ctx, ...start, layout: () => "values" as const }), limit);
    } catch (error) {
      throw asSourceError(error, `reading the first rows of ${stream} of ${connection.name}`, asking.signal);
    } finally {
      // Pages that are fetched ahead, and statements that go on, end with the reading.
      stopping.abort();
    }
  });
}

async function firstRows(batches: ReturnType<AnyStream["read"]>, limit: number): Promise<Preview> {
  const found: Readonly<Record<string, unknown>>[] = [];
  let rejects = 0;
  let isCut = false;
  for await (const given of batches) {
    const batch = asRowBatch(given);
    if ("copy" in batch) throw new Error("bytes were given where values were asked for");
    rejects += batch.rejects?.length ?? 0;
    found.push(...recordsOf(batch, limit - found.length));
    isCut = found.length >= limit;
    if (isCut) break;
  }
  const columns = [...new Set(found.flatMap((row) => Object.keys(row)))];
  return { columns, rows: found.map((row) => columns.map((column) => row[column])), isCut, rejects };
}

function recordsOf(batch: RowBatch, limit: number): Readonly<Record<string, unknown>>[] {
  if ("rows" in batch) return batch.rows.slice(0, limit);
  const { columns, values } = batch;
  return values.slice(0, limit).map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])));
}

function notOffered(connection: string, stream: string): SluiceError {
  const message = `looking at ${stream} of ${connection}: the source does not offer it any more.`;
  return new SluiceError("stream_unknown", message, { details: { streams: [stream] } });
}
