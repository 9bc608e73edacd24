import { didYouMean } from "../../../core/did-you-mean.ts";
import { isSluiceError, SluiceError } from "../../../core/errors.ts";
import type { JsonValue } from "../../../core/json.ts";
import { fitIdentifier, quoteTable } from "../identifiers.ts";
import { type ChosenColumn, chooseColumns } from "./choose-columns.ts";
import { readableQuery } from "./describe-query.ts";
import { describeTableSql, readableTable } from "./describe-table.ts";
import { type ListedTable, listTables } from "./list-tables.ts";
import { proposeLoading } from "./propose-loading.ts";
import { readStream } from "./read-stream.ts";
import { RunSnapshot } from "./run-snapshot.ts";
import { asSourceError } from "./source-error.ts";
import { SourceServer } from "./source-server.ts";
import type { QuerySettings, SourceBatch, SourceContext, StreamContext, TableSettings } from "./source-settings.ts";
import { describeCursor, parseCursor } from "./stream-cursor.ts";

/** A stream as a connector declares it. */
export interface SourceStream {
  name: string;
  description: string;
  mode?: "append" | "replace" | "merge";
  primaryKey: readonly string[];
  cursorField?: string;
  table: string;
  columns?: readonly { name: string; type: string; nullable: boolean }[];
  estimatedRows?: number;
  ordered: boolean;
  describeCursor(cursor: JsonValue): string | undefined;
  read(ctx: StreamContext): AsyncGenerator<SourceBatch>;
}

/** What a run's streams share. */
interface Shared {
  server: SourceServer;
  snapshot: RunSnapshot | undefined;
}

/** The chosen tables and the named queries. */
export async function sourceStreams(ctx: SourceContext): Promise<SourceStream[]> {
  const server = new SourceServer(ctx);
  const shared = { server, snapshot: ctx.options.snapshot === "run" ? new RunSnapshot(server) : undefined };
  const tables = await listChosen(server);
  const { queries = {}, streams = {} } = ctx.options;
  const found = tables.map((table) => tableStream(shared, table, streams[labelOf(table)] ?? {}));
  const names = found.map(({ name }) => name);
  assertKnown(ctx.connection, Object.keys(streams), names);
  assertFree(ctx.connection, Object.keys(queries), names);
  return [...found, ...Object.entries(queries).map(([name, settings]) => queryStream(shared, name, settings))];
}

async function listChosen(server: SourceServer): Promise<ListedTable[]> {
  const { connection, options } = server.context;
  const { tables, views = false, queries } = options;
  // Who names queries and no tables wants the queries.
  if (tables === undefined ? queries !== undefined : tables.length === 0) return [];
  const listed = await server.use(server.context.signal, async ({ client, place }) => {
    try {
      return await listTables(client, { connection, patterns: tables, views });
    } catch (error) {
      throw asSourceError(error, `listing the tables of ${connection}`, place);
    }
  });
  return listed.filter(({ columns }) => columns.length > 0);
}

function labelOf({ schema, table }: Pick<ListedTable, "schema" | "table">): string {
  return `${schema}.${table}`;
}

const KINDS: Record<string, string> = {
  p: "Partitioned table",
  v: "View",
  m: "Materialised view",
  f: "Foreign table",
};

function tableStream(shared: Shared, listed: ListedTable, settings: TableSettings): SourceStream {
  const { schema, table, kind, comment, primaryKey: key, rows } = listed;
  const label = labelOf(listed);
  const columns = chosenIfThere(label, listed.columns, settings);
  return {
    name: label,
    description: comment ?? `${KINDS[kind] ?? "Table"} ${label}`,
    ...proposeLoading(columns, key),
    table: schema === "public" ? table : fitIdentifier(`${schema}_${table}`),
    columns: columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
    ...(rows === undefined ? {} : { estimatedRows: Math.round(rows) }),
    ordered: true,
    describeCursor,
    read: (ctx) => readTable(shared, listed, settings, ctx),
  };
}

/** Columns that are not there fail the stream when it is read, and not all the others with it. */
function chosenIfThere(label: string, columns: ListedTable["columns"], settings: TableSettings): ChosenColumn[] {
  try {
    return chooseColumns(label, columns, settings);
  } catch (error) {
    if (isSluiceError(error)) return chooseColumns(label, columns);
    throw error;
  }
}

async function* readTable(
  { server, snapshot }: Shared,
  { schema, table, kind, lockable }: ListedTable,
  settings: TableSettings,
  ctx: StreamContext,
): AsyncGenerator<SourceBatch> {
  const only = kind === "r" ? "only " : "";
  const mayLock = lockable && (kind === "r" || kind === "p");
  const lock = mayLock ? [`lock table ${only}${quoteTable(schema, table)} in access share mode`] : [];
  const setUp = [...lock, describeTableSql({ schema, table })];
  const label = `${schema}.${table}`;
  yield* server.reading(label, { signal: ctx.signal, snapshot, setUp }, async function* (session, [row]) {
    const readable = readableTable({ schema, table }, row);
    if (readable.filtered) {
      ctx.log("warn", `row security lets ${session.address.username} see only some of the rows of ${readable.label}`);
    }
    yield* readStream(ctx, session, readable, settings, (moment, work) =>
      server.reading(label, { signal: ctx.signal, snapshot: snapshot ?? moment, setUp: lock }, work),
    );
  });
}

function queryStream(shared: Shared, name: string, settings: QuerySettings): SourceStream {
  const { cursor, primary_key = [] } = settings;
  const mode = cursor === undefined ? "replace" : primary_key.length === 0 ? "append" : "merge";
  return {
    name,
    description: `Rows of the query ${name}`,
    mode,
    primaryKey: primary_key,
    ...(cursor === undefined ? {} : { cursorField: cursor }),
    table: fitIdentifier(name),
    ordered: true,
    describeCursor,
    read: (ctx) => readQuery(shared, name, settings, ctx),
  };
}

async function* readQuery(
  { server, snapshot }: Shared,
  name: string,
  settings: QuerySettings,
  ctx: StreamContext,
): AsyncGenerator<SourceBatch> {
  const label = `the query ${name}`;
  const { cursor = null } = ctx;
  const at = cursor === null ? undefined : parseCursor(cursor, label).at?.[0];
  const query = { ...settings, cursor: ctx.cursorField };
  yield* server.reading(label, { signal: ctx.signal, snapshot, setUp: [] }, async function* (session) {
    const readable = await readableQuery(session.client, name, query, at);
    const { lookback, lag } = settings;
    yield* readStream(ctx, session, readable, { lookback, lag });
  });
}

/** Settings of a stream that does not exist would be left out without a word. */
function assertKnown(connection: string, settings: readonly string[], names: readonly string[]): void {
  const unknown = settings.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new SluiceError(
    "stream_unknown",
    `reading the options of ${connection}: \`streams\` has settings for "${unknown}", which is none of the chosen tables.${didYouMean(unknown, names)} Correct the name, or choose the table in \`tables\`.`,
    { details: { stream: unknown } },
  );
}

function assertFree(connection: string, queries: readonly string[], names: readonly string[]): void {
  const taken = queries.find((name) => names.includes(name));
  if (taken === undefined) return;
  const message = `reading the options of ${connection}: the query "${taken}" has the name of a table. Give it another.`;
  throw new SluiceError("connection_invalid", message);
}
