import { isDeepStrictEqual } from "node:util";
import type { EventLevel } from "../../core/events.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { systemClock } from "../../core/time.ts";
import { ConnectorError } from "../connector-error.ts";
import { ConnectorScope } from "../connector-scope.ts";
import type { Connector, ConnectorContext, Mode, StreamDefinition } from "../define-connector.ts";
import { asRowBatch } from "../sliced-batch.ts";

/** What a test gives a connector. */
export interface StreamTrial {
  options: JsonObject;
  secrets?: Readonly<Record<string, string>>;
  /** The only or first stream unless given. */
  stream?: string;
  /** Reads from the beginning unless given. */
  cursor?: JsonValue;
  mode?: Mode;
  /** The folder that relative paths are meant from; the current one unless given. */
  workspace?: string;
}

export interface StreamReading {
  rows: Readonly<Record<string, unknown>>[];
  /** The last one: where the next run would continue. */
  cursor: JsonValue | undefined;
  /** What was set aside: place and reason. */
  rejects: { position: string; reason: string }[];
  /** What the connector said: `warn: 3 boards are archived`. */
  log: string[];
}

/**
 * Reads a stream to its end as a run would, without a workspace or a destination: for tests of connectors. Options and
 * secrets are parsed by the connector's own schemas, so that what a user may not write a test may not either.
 */
export async function tryStream(connector: unknown, trial: StreamTrial): Promise<StreamReading> {
  const { streams, options, secrets } = connector as Connector;
  const reading: StreamReading = { rows: [], cursor: trial.cursor, rejects: [], log: [] };
  const scope = new ConnectorScope();
  const settings = { options: options.parse(trial.options), secrets: secrets.parse(trial.secrets ?? {}) };
  const context = contextOf(scope, settings, trial, (level, message) => reading.log.push(`${level}: ${message}`));
  try {
    const offered = typeof streams === "function" ? await streams(context) : streams;
    const stream = chosen(offered as readonly StreamDefinition[], trial.stream);
    await readInto(reading, stream, context, trial);
    return reading;
  } finally {
    await scope.close();
  }
}

function contextOf(
  scope: ConnectorScope,
  settings: { options: Record<string, unknown>; secrets: Record<string, unknown> },
  trial: StreamTrial,
  log: (level: EventLevel, message: string) => void,
): ConnectorContext<Record<string, unknown>, Record<string, unknown>> {
  const { signal } = new AbortController();
  return {
    ...settings,
    ...{ connection: "a_test", workspace: trial.workspace ?? process.cwd(), signal, log },
    http: (http = {}) => scope.http(http, { signal, log, emit: () => {}, clock: systemClock }),
    saveSecret: async () => {},
    defer: scope.defer,
  };
}

function chosen(offered: readonly StreamDefinition[], name: string | undefined): StreamDefinition {
  const stream = name === undefined ? offered[0] : offered.find((one) => one.name === name);
  if (stream !== undefined) return stream;
  const names = offered.map((one) => one.name).join(", ") || "none";
  throw new ConnectorError("stream_unknown", `trying a stream: there is no ${name ?? "stream"}. There is: ${names}.`);
}

async function readInto(
  reading: StreamReading,
  stream: StreamDefinition,
  context: ConnectorContext<Record<string, unknown>, Record<string, unknown>>,
  { cursor, mode = stream.mode ?? "append" }: StreamTrial,
): Promise<void> {
  const { name, primaryKey = [], cursorField } = stream;
  const start = { stream: name, mode, primaryKey, cursorField, cursor, layout: () => "values" as const };
  for await (const given of stream.read({ ...context, ...start })) {
    const batch = asRowBatch(given);
    if ("copy" in batch) throw new Error("bytes were given where values were asked for");
    if ("rows" in batch) reading.rows.push(...batch.rows);
    else
      for (const row of batch.values)
        reading.rows.push(Object.fromEntries(batch.columns.map((key, i) => [key, row[i]])));
    for (const { position, reason } of batch.rejects ?? []) reading.rejects.push({ position, reason });
    if (batch.cursor !== undefined) reading.cursor = stored(batch.cursor);
  }
}

/** As it comes back from the state. */
function stored(cursor: JsonValue): JsonValue {
  const text = JSON.stringify(cursor);
  const copy = JSON.parse(text) as JsonValue;
  if (isDeepStrictEqual(copy, cursor)) return copy;
  throw new Error(`a cursor must be JSON, and this one comes back as ${text}`);
}
