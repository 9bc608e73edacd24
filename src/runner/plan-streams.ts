import type { ReadContext } from "../connector/define-connector.ts";
import type { HttpUse } from "../connector/http/http-client.ts";
import { formatCount } from "../core/count-text.ts";
import { didYouMean } from "../core/did-you-mean.ts";
import { SluiceError } from "../core/errors.ts";
import { normaliseName } from "../databases/postgres/names.ts";
import type { JointPlan } from "../pipelines/load/joint-load.ts";
import type { ReadStart, StreamPlan } from "../pipelines/load/plan.ts";
import type { Connection, Mode, StreamSettings } from "../workspace/config-schema.ts";
import { rotateSecret } from "../workspace/secret-values.ts";
import {
  type AnyContext,
  type AnyStream,
  asSourceError,
  connectorContext,
  discoverStreams,
} from "./connector-calls.ts";
import { assertSettingsFit } from "./loading-settings.ts";
import type { ResolvedRun } from "./resolve-run.ts";
import type { RunContext } from "./run-context.ts";
import { loadingOf, namespaceOf, selectionOf, unofferedStreams, unofferedWarning } from "./stream-settings.ts";

/** What a connector gets to see of the run. */
export function runContextOf(run: RunContext, resolved: ResolvedRun, signal: AbortSignal, stream?: string): AnyContext {
  const ofStream = stream === undefined ? {} : { stream };
  const log: AnyContext["log"] = (level, message, data = {}) =>
    run.events.emit({ kind: "runtime.event", level, ...ofStream, message, data });
  const use: HttpUse = {
    ...{ signal, log, clock: run.deps.clock, connection: resolved.connection.name },
    ...(run.deps.random === undefined ? {} : { random: run.deps.random }),
    emit: (event) => run.events.emit({ ...event, ...ofStream }),
    addSecrets: (values) => run.redactor.add(values),
  };
  return connectorContext(resolved, {
    signal,
    workspace: run.deps.workspace.root,
    log,
    http: (options = {}) => run.scope.http(options, use),
    saveSecret: (field, value) => keepSecret(run, resolved, field, value),
    defer: run.scope.defer,
  });
}

/** No event may show the new value either. */
function keepSecret(run: RunContext, { connection }: ResolvedRun, field: string, value: string): Promise<void> {
  run.redactor.add([value]);
  const owner = { connection: connection.name, connector: run.type };
  return rotateSecret(run.deps.workspace, { ...owner, field, value });
}

export interface PlannedStreams {
  plans: StreamPlan[];
  /** Chosen streams that cannot be loaded: the source does not offer them (any more), or their settings do not fit. */
  refused: RefusedStream[];
}

/** It fails; the others load. */
export interface RefusedStream {
  stream: string;
  mode: Mode;
  error: SluiceError;
}

/** The streams that a run loads, with everything about them decided. Throws when those asked for do not exist. */
export async function planStreams(
  run: RunContext,
  resolved: ResolvedRun,
  signal: AbortSignal,
): Promise<PlannedStreams> {
  const { connection, connector } = resolved;
  const offered = await discoverStreams(connector, runContextOf(run, resolved, signal));
  const { chosen, missing } = chooseStreams(run, connection, offered);
  assertOwnTables(connection, chosen);
  const plans = chosen.map((definition) => planStream(run, resolved, definition));
  for (const plan of plans) assertSettingsFit(connection.name, plan);
  const keyless = plans.filter(isWithoutKey);
  return {
    plans: plans.filter((plan) => !keyless.includes(plan)),
    refused: [
      ...missing.map((stream) => missingStream(connection, stream, namesOf(offered))),
      ...keyless.map(({ stream, mode }) => ({ stream, mode, error: keyMissing(connection.name, stream) })),
    ],
  };
}

/** Without a key nothing would tell an old row from a new one, and what comes again would be there twice. */
function isWithoutKey({ mode, primary_key }: StreamPlan): boolean {
  return mode === "merge" && primary_key.length === 0;
}

/** Asked-for streams win; else those the connection selects: the ones that say so, or all but those that say no. */
function chooseStreams(
  run: RunContext,
  connection: Connection,
  offered: readonly AnyStream[],
): { chosen: readonly AnyStream[]; missing: string[] } {
  const names = namesOf(offered);
  const absent = (wanted: readonly string[]) => wanted.filter((name) => !names.includes(name));
  const asked = run.request.streams ?? [];
  if (absent(asked).length > 0) throw unknownStreams(connection.name, absent(asked), names);
  if (asked.length > 0) return { chosen: offered.filter(({ name }) => asked.includes(name)), missing: [] };
  const { named, includes } = selectionOf(connection);
  const chosen = offered.filter(({ name }) => includes(name));
  const unoffered = unofferedStreams(connection, names).filter((name) => !named.includes(name));
  const slip = unofferedWarning(unoffered, names);
  if (slip !== undefined) run.warn(slip);
  if (named.length > 0) return { chosen, missing: absent(named) };
  if (chosen.length === 0)
    run.warn(`nothing to load: of ${formatCount(names.length, "stream")} offered none is selected.`);
  return { chosen, missing: [] };
}

function namesOf(streams: readonly AnyStream[]): string[] {
  return streams.map(({ name }) => name);
}

function missingStream(connection: Connection, stream: string, offered: string[]): RefusedStream {
  const { mode } = loadingOf(connection, { name: stream });
  return { stream, mode, error: unknownStreams(connection.name, [stream], offered) };
}

function keyMissing(connection: string, stream: string): SluiceError {
  const place = /^[\w-]+$/.test(stream) ? `.${stream}` : `[${JSON.stringify(stream)}]`;
  const command = `sluice connections edit ${connection} --set 'schema.streams${place}.primary_key=["id"]'`;
  const message = `planning ${stream} of ${connection}: it is to be merged and has no primary key, so that rows that come again would be doubled. Name the fields that tell its rows apart, for example \`${command}\`.`;
  return new SluiceError("primary_key_missing", message, { details: { stream } });
}

function unknownStreams(connection: string, unknown: string[], offered: string[]): SluiceError {
  const which = unknown.map((name) => `"${name}"`).join(", ");
  const guess = unknown.length === 1 ? didYouMean(unknown[0] as string, offered) : "";
  const message = `choosing the streams of ${connection}: it does not offer ${which}.${guess} It offers: ${offered.join(", ") || "none"}.`;
  return new SluiceError("stream_unknown", message, { details: { streams: unknown, offered: offered.slice(0, 100) } });
}

/** Two streams in one table would undo each other. */
function assertOwnTables(connection: Connection, streams: readonly AnyStream[]): void {
  const owners = new Map<string, string>();
  for (const { name, table: proposed } of streams) {
    const table = connection.schema.streams?.[name]?.table ?? proposed ?? normaliseName(name);
    const owner = owners.get(table);
    if (owner !== undefined) {
      const message = `preparing the run of ${connection.name}: the streams ${owner} and ${name} would both be loaded into the table ${table}. Give one of them another \`table\`.`;
      throw new SluiceError("connection_invalid", message, { details: { streams: [owner, name], table } });
    }
    owners.set(table, name);
  }
}

function planStream(run: RunContext, resolved: ResolvedRun, definition: AnyStream): StreamPlan {
  const { connection } = resolved;
  const { schema } = connection;
  const settings: StreamSettings = schema.streams?.[definition.name] ?? {};
  const { mode, primary_key, cursor_field } = loadingOf(connection, definition);
  return {
    stream: definition.name,
    connection: connection.name,
    namespace: namespaceOf(connection),
    ...{ mode, primary_key },
    ordered: definition.ordered ?? false,
    full_refresh: run.request.full_refresh ?? false,
    drift: schema.drift ?? "evolve",
    max_rejects: schema.max_rejects ?? 0,
    metadata: schema.metadata ?? true,
    nul: schema.nul ?? "reject",
    ...given({ table: settings.table ?? definition.table, cursor_field, columns: settings.columns }),
    ...given({ version_field: settings.version_field, deleted_field: settings.deleted_field }),
    ...given({ deletes: settings.deletes, keep_history: settings.keep_history, replace_by: settings.replace_by }),
    ...given({ nested: (settings.nested ?? schema.nested) === "tables" ? ("tables" as const) : undefined }),
    ...given({ inference_rows: schema.inference_rows, lock_timeout_ms: scaled(schema.lock_timeout_s, 1000) }),
    ...given({ checkpoint_bytes: scaled(schema.checkpoint_mb, 1024 * 1024) }),
    ...given({ checkpoint_ms: scaled(schema.checkpoint_s, 1000) }),
    ...given({ describeCursor: definition.describeCursor }),
    read: (start) => readStream(run, resolved, definition, start),
    mayCommit: () => {
      const failure = run.artifacts.failure();
      if (failure !== undefined) throw failure;
    },
  };
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Only what is set. */
function given<T extends object>(settings: T): Given<T> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as Given<T>;
}

function scaled(value: number | undefined, factor: number): number | undefined {
  return value === undefined ? undefined : value * factor;
}

/** The connector's own reading, slowed down to what listeners can take, with its errors told in our words. */
async function* readStream(run: RunContext, resolved: ResolvedRun, definition: AnyStream, start: ReadStart) {
  const said = runContextOf(run, resolved, start.signal, definition.name);
  const context: ReadContext<Record<string, unknown>, Record<string, unknown>> = {
    ...said,
    ...start,
    stream: definition.name,
  };
  try {
    for await (const batch of definition.read(context)) {
      yield batch;
      if (run.ready !== undefined) await run.ready();
    }
  } catch (error) {
    throw asSourceError(error, `reading ${definition.name} of ${said.connection}`, start.signal);
  }
}

/** How a connector whose streams come mixed reads them, in the same surroundings; undefined for one that reads them singly. */
export function jointReading(run: RunContext, resolved: ResolvedRun): JointPlan["read"] | undefined {
  const { connector } = resolved;
  if (connector.readJointly === undefined) return undefined;
  return async function* read(start) {
    const said = runContextOf(run, resolved, start.signal);
    try {
      for await (const part of connector.readJointly?.({ ...said, ...start } as never) ?? []) {
        yield part;
        if (run.ready !== undefined) await run.ready();
      }
    } catch (error) {
      throw asSourceError(error, `reading ${said.connection}`, start.signal);
    }
  };
}
