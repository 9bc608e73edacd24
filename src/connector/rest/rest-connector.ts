import { z } from "zod";
import { isSluiceError } from "../../core/errors.ts";
import type {
  CheckReport,
  ConnectorContext,
  ConnectorDefinition,
  ReadContext,
  StreamDefinition,
} from "../define-connector.ts";
import type { HttpAuth } from "../http/http-auth.ts";
import type { HttpClient, HttpRequest } from "../http/http-client.ts";
import { readPath } from "../http/json-path.ts";
import { restOptions } from "./rest-options.ts";
import {
  firstPage,
  openSource,
  type RestContext,
  type RestExtras,
  readStream,
  streamDefinition,
} from "./rest-source.ts";
import { type RecordTransform, type RestSource, restStream } from "./rest-stream.ts";

/** An API as the connector `rest_api` has it in its options. */
export type RestApi = Omit<z.input<ReturnType<typeof restOptions>>, "auth" | "check">;

/** Asked to find out who the credentials belong to. */
export interface Identity extends Pick<HttpRequest, "params" | "json" | "headers"> {
  path: string;
  method?: "GET" | "POST";
  /** `logged in as {user.name}`, with paths into the answer. */
  says: string;
  /** What else the answer tells about the login: rights that it has beyond need, for example. */
  remark?(answer: { body: unknown; headers: Headers }): string | undefined;
}

export interface RestConnectorDefinition<O extends z.ZodObject, S extends z.ZodObject>
  extends Omit<ConnectorDefinition<O, S>, "check" | "streams"> {
  auth(ctx: ConnectorContext<z.output<O>, z.output<S>>): HttpAuth;
  identity: Identity;
  /** Pure: it is asked for whenever something is to be known of the API. */
  api(options: z.output<O>): RestApi;
  /** Values for places of `api` that only the API knows; they stand in its `variables`, with any value. */
  lookup?(client: HttpClient, options: z.output<O>): Promise<Readonly<Record<string, string | number>>>;
  /** By stream: makes a record what it should have been, before keys and cursors are looked for. */
  transforms?: Readonly<Record<string, RecordTransform>>;
}

/** Option of a connector's own API: its address, which nobody changes but proxies and tests. */
export const apiAddress = (address: string) =>
  z
    .url({ protocol: /^https?$/ })
    .default(address)
    .describe("Address of the API. To be changed only for a proxy.");

/** Declares a connector whose streams the REST engine reads: see `docs/rest-api.md` for what `api` may say. */
export function defineRestConnector<O extends z.ZodObject, S extends z.ZodObject>(
  definition: RestConnectorDefinition<O, S>,
): ConnectorDefinition<O, S> {
  type Context = ConnectorContext<z.output<O>, z.output<S>>;
  const { auth, identity, api, lookup, transforms, ...rest } = definition;
  const optionsOf = (options: z.output<O>) => restOptions().parse(api(options));
  const innerOf = (ctx: Context): RestContext => ({ ...ctx, options: optionsOf(ctx.options), secrets: {} });
  const extrasOf = (ctx: Context): RestExtras => ({
    auth: auth(ctx),
    ...(lookup === undefined ? {} : { lookup: (client: HttpClient) => lookup(client, ctx.options) }),
    ...(transforms === undefined ? {} : { transforms }),
  });
  const read = (ctx: ReadContext<z.output<O>, z.output<S>>) =>
    readStream({ ...ctx, options: optionsOf(ctx.options), secrets: {} }, extrasOf(ctx));
  return {
    ...rest,
    check: async (ctx: Context) => checkLogin(await openSource(innerOf(ctx), extrasOf(ctx)), identity, ctx.connection),
    async streams(ctx: Context): Promise<StreamDefinition<z.output<O>, z.output<S>>[]> {
      const options = optionsOf(ctx.options);
      return Object.keys(options.streams).map((name) => ({ ...streamDefinition(restStream(options, name)), read }));
    },
  };
}

/** Who is logged in, and which streams that login may read: each that needs no other is asked for its first page. */
async function checkLogin(source: RestSource, identity: Identity, connection: string): Promise<CheckReport> {
  const { path, method = "GET", says, remark, params, json, headers } = identity;
  const request = { ...(params && { params }), ...(json === undefined ? {} : { json }), ...(headers && { headers }) };
  const response = await source.client.request(method, path, {
    ...request,
    idempotent: true,
    doing: `logging in as ${connection}`,
  });
  const body = await response.json();
  const who = says.replaceAll(/\{([\w.]+)\}/g, (_, at: string) => String(readPath(body, at) ?? "?"));
  const refused = await refusedStreams(source);
  const names = Object.keys(refused);
  const parts = [who, remark?.({ body, headers: response.headers })];
  if (names.length > 0) parts.push(`not permitted: ${names.join(", ")}`);
  return {
    message: parts.filter((part) => part !== undefined).join("; "),
    details: names.length === 0 ? {} : { not_permitted: refused },
  };
}

/** By name, with what the API said. When there is nothing that may be read, the first refusal is thrown. */
async function refusedStreams(source: RestSource): Promise<Record<string, string>> {
  const { streams } = source.options;
  const roots = Object.keys(streams).filter((name) => streams[name]?.parent === undefined);
  const refused: Record<string, string> = {};
  let first: unknown;
  for (const name of roots) {
    try {
      await firstPage(source, restStream(source.options, name));
    } catch (error) {
      if (!isSluiceError(error) || error.code !== "credentials_rejected") throw error;
      refused[name] = error.message;
      first ??= error;
    }
  }
  if (first !== undefined && Object.keys(refused).length === roots.length) throw first;
  return refused;
}
