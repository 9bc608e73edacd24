import { ConnectorError } from "../connector-error.ts";
import { resolveAddress, setParams } from "./address.ts";
import type { Call, ClientCore } from "./client-core.ts";
import { ACCEPTED_ENCODINGS } from "./content-encoding.ts";
import type { HttpClient, HttpClientOptions, HttpMethod, HttpRequest, HttpResponse } from "./http-client.ts";
import { joinedSignals } from "./joined-signals.ts";
import type { PageTurn } from "./pagination/paginator.ts";
import { readPages } from "./read-pages.ts";
import { harmlessHeaders } from "./redirect.ts";
import { isIdempotent } from "./retry-policy.ts";
import { sendRequest } from "./send-request.ts";

/** What every request carries unless it says otherwise. Some APIs refuse requests without a user agent. */
const STANDARD_HEADERS = { accept: "application/json", "accept-encoding": ACCEPTED_ENCODINGS, "user-agent": "sluice" };

/** The client that a connector uses: requests made from what the connector says and what the client's options add. */
export function createClient(core: ClientCore, options: HttpClientOptions): HttpClient {
  const signalWith = joinedSignals(core.use.signal);
  const send = (asked: Omit<Asked, "signal">) =>
    sendRequest(core, prepareCall(core, options, { ...asked, signal: signalWith(asked.request.signal) }));
  const request = async (method: HttpMethod, path: string, request: HttpRequest = {}): Promise<HttpResponse> =>
    send({ method, path, request });
  return {
    request,
    get: (path, how) => request("GET", path, how),
    post: (path, how) => request("POST", path, how),
    async json<T>(path: string, how: HttpRequest = {}) {
      const response = await request("GET", path, { countItems: () => undefined, ...how });
      return await response.json<T>();
    },
    paginate: (path, how = {}) =>
      readPages(how, {
        send: (turn, request) => send({ method: how.method ?? "GET", path, ...turn, request }),
        clean: (turn) => withoutSecrets(turn, core.secretParams),
      }),
  };
}

interface Asked {
  method: HttpMethod;
  path: string;
  request: HttpRequest;
  /** Instead of the path and its parameters. */
  url?: string;
  /** Ends it. */
  signal: AbortSignal;
}

function prepareCall(core: ClientCore, options: HttpClientOptions, asked: Asked): Call {
  const { method, path, url: given, request, signal } = asked;
  const base = options.baseUrl;
  const home = base === undefined ? resolveAddress(path, base).origin : resolveAddress("", base).origin;
  const url = resolveAddress(given ?? path, base);
  const known = url.origin === home || isTrusted(url, options.trusted_origins);
  if (given === undefined) addParams(url, known ? options.params : undefined, request.params);
  const own = lowerCase({ ...options.headers, ...request.headers });
  const { body, type } = bodyOf(request);
  const headers = {
    ...STANDARD_HEADERS,
    ...(type === undefined ? {} : { "content-type": type }),
    ...(known ? own : harmlessHeaders(own)),
    ...(request.idempotencyKey === undefined ? {} : { "idempotency-key": request.idempotencyKey }),
  };
  const repeatable = isIdempotent(method) || request.idempotent === true || request.idempotencyKey !== undefined;
  return {
    ...{
      method,
      url,
      headers,
      body,
      repeatable,
      request,
      signal,
      redirects: 0,
      max_redirects: core.limits.max_redirects,
    },
    trusted: known && request.auth !== false,
    strayed: !known,
    judges: [request.judge, options.judge].filter((judge) => judge !== undefined),
  };
}

function withoutSecrets(turn: PageTurn | undefined, secretParams: readonly string[]): PageTurn | undefined {
  if (turn?.url === undefined || secretParams.length === 0 || !URL.canParse(turn.url)) return turn;
  const url = new URL(turn.url);
  for (const name of secretParams) url.searchParams.delete(name);
  return { ...turn, url: url.href };
}

function isTrusted({ origin }: URL, trusted: readonly string[] = []): boolean {
  return trusted.some((address) => URL.canParse(address) && new URL(address).origin === origin);
}

function addParams(url: URL, always: HttpClientOptions["params"], own: HttpRequest["params"]): void {
  if (always !== undefined) setParams(url, always);
  if (own !== undefined) setParams(url, own);
  url.hash = "";
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function bodyOf({ json, form, body }: HttpRequest): { body: string | Uint8Array | undefined; type?: string } {
  const given = [json, form, body].filter((it) => it !== undefined);
  if (given.length > 1)
    throw new ConnectorError("connection_invalid", "preparing a request: give one of json, form and body.");
  if (json !== undefined) return { body: JSON.stringify(json), type: "application/json" };
  if (form === undefined) return { body };
  const fields = new URL("http://form");
  setParams(fields, form);
  return { body: fields.searchParams.toString(), type: "application/x-www-form-urlencoded" };
}
