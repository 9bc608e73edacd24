import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ConnectorError } from "../connector-error.ts";
import type { CheckReport, ConnectorContext, ReadContext, RecordBatch, StreamDefinition } from "../define-connector.ts";
import type { HttpAuth } from "../http/http-auth.ts";
import type { HttpClient, HttpClientOptions } from "../http/http-client.ts";
import { httpAuth, type RestSecrets } from "./auth-options.ts";
import { timeFormat, timeOf } from "./cursor-format.ts";
import { cursorRules } from "./cursor-rules.ts";
import { mayResume } from "./pagination-options.ts";
import { describeState } from "./partition-state.ts";
import { type RecordPage, readPages, renderParams } from "./read-pages.ts";
import { readRestStream } from "./read-stream.ts";
import type { RestOptions } from "./rest-options.ts";
import { type RestSource, type RestStream, restStream } from "./rest-stream.ts";
import { renderPath, type TemplateValues } from "./template.ts";
import { withoutUndefined } from "./without-undefined.ts";

export type RestContext = ConnectorContext<RestOptions, RestSecrets>;

/** What a connector made of this engine decides by itself in place of options. */
export interface RestExtras {
  auth?: HttpAuth | undefined;
  /** Values of places that only the API knows. */
  lookup?(client: HttpClient): Promise<Readonly<Record<string, string | number>>>;
  transforms?: RestSource["transforms"];
}

/** The streams of an API. @throws ConnectorError `secret_missing` before anything is asked. */
export async function restStreams(ctx: RestContext): Promise<StreamDefinition<RestOptions, RestSecrets>[]> {
  httpAuth(ctx.options.auth, ctx);
  return Object.keys(ctx.options.streams).map((name) => {
    const stream = restStream(ctx.options, name);
    return { ...streamDefinition(stream), read: readStream };
  });
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

/** The first page of a stream, and no more of it. */
export async function firstPage(source: RestSource, stream: RestStream): Promise<RecordPage | undefined> {
  const pages = readPages(source, { stream, values: firstValues(source, stream) }, () => {});
  try {
    return await pages.next();
  } finally {
    await pages.close();
  }
}

/** Written as they are in every other request. */
function firstValues({ options }: RestSource, stream: RestStream): TemplateValues {
  const { cursor, window } = stream.options;
  if (cursor?.start === undefined) return options.variables;
  const asked = cursorRules(stream, cursor).asked({ at: cursor.start });
  if (window === undefined) return { ...options.variables, cursor: asked };
  const bound = timeFormat(window.format).write(timeOf(cursor.start, stream.name));
  return { ...options.variables, cursor: asked, from: bound, to: bound };
}

async function checkStream(source: RestSource, stream: RestStream, host: string): Promise<CheckReport> {
  const page = await firstPage(source, stream);
  const count = page?.records.length ?? 0;
  const records = count === 1 ? "1 record" : `${count} records`;
  return {
    message: `${host} answers; the first page of ${stream.name} has ${records}`,
    details: { host, records: count },
  };
}

/** What is said of a stream, without how it is read. */
export function streamDefinition(stream: RestStream): Omit<StreamDefinition, "read"> {
  const { name, mode, primaryKey, cursorField, options } = stream;
  return {
    name,
    mode,
    ...(primaryKey.length === 0 ? {} : { primaryKey }),
    ...(cursorField === undefined ? {} : { cursorField }),
    ...withoutUndefined({ description: options.description }),
    ordered: hasCuts(stream),
    describeCursor: (cursor) => describeState(cursor, name, options.parent !== undefined),
  };
}

/** Whether there are places within the stream to stop at. */
function hasCuts({ options }: RestStream): boolean {
  const { cursor, window, parent, paginate } = options;
  if (parent?.changed === true) return true;
  if (cursor === undefined) return parent === undefined && mayResume(paginate);
  return parent !== undefined || window !== undefined || cursor.ordered === "asc" || mayResume(paginate);
}

/** Reads a stream as the run wants it. */
export async function* readStream(
  ctx: ReadContext<RestOptions, RestSecrets>,
  extras: RestExtras = {},
): AsyncGenerator<RecordBatch> {
  const { mode, primaryKey, cursor } = ctx;
  const stream = restStream(ctx.options, ctx.stream);
  const cursorField = ctx.cursorField ?? stream.cursorField;
  yield* readRestStream(await openSource(ctx, extras), { ...stream, mode, primaryKey, cursorField }, cursor);
}

export async function openSource(ctx: RestContext, extras: RestExtras = {}): Promise<RestSource> {
  const { options, signal } = ctx;
  const client = await openClient(ctx, extras.auth ?? httpAuth(options.auth, ctx));
  const found = (await extras.lookup?.(client)) ?? {};
  return {
    client,
    options: { ...options, variables: { ...options.variables, ...found } },
    signal,
    log: (level, message, data) => ctx.log(level, message, data),
    ...withoutUndefined({ transforms: extras.transforms }),
  };
}

async function openClient(ctx: RestContext, auth: HttpAuth | undefined): Promise<HttpClient> {
  const { options } = ctx;
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
