import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ConnectorError } from "../connector-error.ts";
import type { CheckReport, ConnectorContext, ReadContext, RecordBatch, StreamDefinition } from "../define-connector.ts";
import type { HttpClient, HttpClientOptions } from "../http/http-client.ts";
import { httpAuth, type RestSecrets } from "./auth-options.ts";
import { mayResume } from "./pagination-options.ts";
import { readPages, renderParams } from "./read-pages.ts";
import { readRestStream } from "./read-stream.ts";
import type { RestOptions } from "./rest-options.ts";
import { type RestSource, type RestStream, restStream } from "./rest-stream.ts";
import { renderPath } from "./template.ts";
import { withoutUndefined } from "./without-undefined.ts";

type RestContext = ConnectorContext<RestOptions, RestSecrets>;

/** The streams of an API. @throws ConnectorError `secret_missing` before anything is asked. */
export async function restStreams(ctx: RestContext): Promise<StreamDefinition<RestOptions, RestSecrets>[]> {
  httpAuth(ctx.options.auth, ctx);
  return Object.keys(ctx.options.streams).map((name) => definition(restStream(ctx.options, name)));
}

/** Asks for what the option `check` names, else for the first page of the first stream that needs no other. */
export async function checkRest(ctx: RestContext): Promise<CheckReport> {
  const source = await openSource(ctx);
  const { options } = source;
  const { host } = new URL(options.base_url);
  if (options.check !== undefined) {
    const path = renderPath(options.check, options.variables) ?? options.check;
    const response = await source.client.get(path, { doing: `checking ${ctx.connection}` });
    await response.discard();
    return { message: `${host} accepts the credentials`, details: { host } };
  }
  const name = Object.keys(options.streams).find((one) => options.streams[one]?.parent === undefined) ?? "";
  return checkStream(source, restStream(options, name), host);
}

async function checkStream(source: RestSource, stream: RestStream, host: string): Promise<CheckReport> {
  const { cursor, window } = stream.options;
  const start = cursor?.start;
  const values = {
    ...source.options.variables,
    ...(window === undefined ? {} : { from: start, to: start }),
    cursor: start,
  };
  const pages = readPages(source, { stream, values }, () => {});
  try {
    const page = await pages.next();
    const count = page?.records.length ?? 0;
    const records = count === 1 ? "1 record" : `${count} records`;
    return {
      message: `${host} answers; the first page of ${stream.name} has ${records}`,
      details: { host, records: count },
    };
  } finally {
    await pages.close();
  }
}

function definition(stream: RestStream): StreamDefinition<RestOptions, RestSecrets> {
  const { name, mode, primaryKey, cursorField, options } = stream;
  return {
    name,
    mode,
    ...(primaryKey.length === 0 ? {} : { primaryKey }),
    ...(cursorField === undefined ? {} : { cursorField }),
    ...withoutUndefined({ description: options.description }),
    ordered: hasCuts(stream),
    read: readStream,
  };
}

/** Whether there are places within the stream to stop at. */
function hasCuts({ options }: RestStream): boolean {
  const { cursor, window, parent, paginate } = options;
  if (cursor === undefined) return parent === undefined && mayResume(paginate);
  return parent !== undefined || window !== undefined || cursor.ordered === "asc" || mayResume(paginate);
}

async function* readStream(ctx: ReadContext<RestOptions, RestSecrets>): AsyncGenerator<RecordBatch> {
  const { mode, primaryKey, cursor } = ctx;
  const stream = restStream(ctx.options, ctx.stream);
  const cursorField = ctx.cursorField ?? stream.cursorField;
  yield* readRestStream(await openSource(ctx), { ...stream, mode, primaryKey, cursorField }, cursor);
}

async function openSource(ctx: RestContext): Promise<RestSource> {
  const { options, signal } = ctx;
  const client = await openClient(ctx);
  return { client, options, signal, log: (level, message, data) => ctx.log(level, message, data) };
}

async function openClient(ctx: RestContext): Promise<HttpClient> {
  const { options } = ctx;
  const auth = httpAuth(options.auth, ctx);
  const clientOptions: HttpClientOptions = {
    baseUrl: options.base_url,
    params: renderParams(options.params, options.variables),
    ...(options.headers === undefined ? {} : { headers: options.headers }),
    ...(auth === undefined ? {} : { auth }),
    ...withoutUndefined({
      rate_limit: options.rate_limit,
      concurrency: options.concurrency,
      timeout_ms: inMs(options.timeout_s),
      retries: options.retries,
      max_wait_ms: inMs(options.max_wait_s),
      proxy: options.proxy,
      ca: await authorities(ctx),
    }),
  };
  return ctx.http(clientOptions);
}

function inMs(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

async function authorities({ options, workspace, connection }: RestContext): Promise<string | undefined> {
  if (options.ca_file === undefined) return undefined;
  const path = resolve(workspace, options.ca_file);
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const message = `preparing the requests of ${connection}: the option ca_file names ${path}, which cannot be read. Correct the path, or make the file readable.`;
    throw new ConnectorError("connection_invalid", message, { cause, details: { file: path } });
  }
}
