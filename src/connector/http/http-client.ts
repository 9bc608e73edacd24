import type { EventInput, EventLevel } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Clock } from "../../core/time.ts";
import type { ConnectorErrorCode } from "../connector-error.ts";
import type { RecordBatch } from "../define-connector.ts";
import type { HttpAuth } from "./http-auth.ts";
import type { PageTurn, Paginator } from "./pagination/paginator.ts";

/** An `http.*` event; the stream is added by whoever passes it on. */
export type HttpEvent = Extract<EventInput, { kind: `http.${string}` }>;

/** One for each run: what its clients share. Nothing of it outlives `close`, nothing is shared between sessions. */
export interface HttpSession {
  client(options: HttpClientOptions, use: HttpUse): HttpClient;
  /** Ends all sockets at once; requests that are under way fail. */
  close(): Promise<void>;
}

export interface HttpSessionOptions {
  /** Where `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` (in either case) are looked up; no proxy without it. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Proxy of clients that name none. */
  proxy?: string;
  /** Certificate authorities trusted besides Node's own by clients that name none: PEM text or the path of a file. */
  ca?: string;
}

/** What the run gives a client. */
export interface HttpUse {
  /** Ends everything that waits, at once. */
  signal: AbortSignal;
  emit(event: HttpEvent): void;
  log(level: EventLevel, message: string, data?: JsonObject): void;
  clock: Clock;
  /** 0 ≤ x < 1, for the jitter of pauses. */
  random?: () => number;
  /** Named in the command that sets a new secret. */
  connection?: string;
  /** Learns tokens that were received, so that they are redacted everywhere. */
  addSecrets?(values: readonly string[]): void;
}

export interface HttpClientOptions {
  /** Paths are resolved below it: `https://api.example.com/v2` and `/orders` give `https://api.example.com/v2/orders`. */
  baseUrl?: string;
  headers?: Readonly<Record<string, string>>;
  /** Query parameters of every request. */
  params?: HttpParams;
  auth?: HttpAuth;
  /**
   * Origins besides that of `baseUrl` to which the credentials, headers and parameters of the client may go:
   * `https://files.example.com`. Without `baseUrl` they go to the address that the
   * connector asks for, but not to that of a next page elsewhere.
   */
  trusted_origins?: readonly string[];
  /** Until the headers of an answer are there, for each attempt. 60,000. */
  timeout_ms?: number;
  /** Until a connection is made. 10,000. */
  connect_timeout_ms?: number;
  /** The longest pause within a body. 60,000. */
  stall_timeout_ms?: number;
  /** Attempts after the first one. 4. */
  retries?: number;
  /** The first pause; each further one is twice as long, and the part of it that is slept is random. 500. */
  backoff_ms?: number;
  /** 30,000. */
  max_backoff_ms?: number;
  /** The longest wait that a server may ask for; beyond it the request fails and says when to come back. 300,000. */
  max_wait_ms?: number;
  /** Requests to one host at once, over all clients of the run. 4. */
  concurrency?: number;
  /** Requests to one host, spread evenly, over all clients of the run. */
  rate_limit?: RateLimit;
  /** Redirects that are followed for one request. 5. */
  max_redirects?: number;
  /** A body beyond this is only to be read with `records` or `chunks`, in bytes. 256 MiB. */
  max_body_bytes?: number;
  /** `http://user:password@proxy:3128`; "" for none, whatever the environment says. */
  proxy?: string;
  /** Certificate authorities trusted besides Node's own: PEM text or the path of a file. */
  ca?: string;
  /** The connector's word on answers, see `HttpVerdict`. */
  judge?: HttpJudge;
}

export interface RateLimit {
  requests: number;
  per_s: number;
}

export type HttpParam = string | number | boolean | null | undefined;
/** A list gives the parameter several times; null and undefined leave it out. */
export type HttpParams = Readonly<Record<string, HttpParam | readonly HttpParam[]>>;

export type HttpMethod = "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE" | "POST" | "PATCH";

export interface HttpRequest {
  /** Besides those of the address and of the client; a parameter of the same name is replaced. */
  params?: HttpParams;
  headers?: Readonly<Record<string, string>>;
  /** One body at most: JSON, a form, or as it is. */
  json?: unknown;
  form?: HttpParams;
  body?: string | Uint8Array;
  /** A POST or PATCH may be repeated after a failure. */
  idempotent?: boolean;
  /** Sent as `Idempotency-Key`; the request may then be repeated. */
  idempotencyKey?: string;
  timeout_ms?: number;
  retries?: number;
  /** Statuses that are an answer here and no failure: `[404]`. */
  accept?: readonly number[];
  /** What is being done, as messages begin: `reading page 3 of cards`. */
  doing?: string;
  /** The body is wanted as it was stored: whatever `Content-Encoding` says, it is not unpacked. */
  packed?: boolean;
  /** False sends no credentials. */
  auth?: boolean;
  signal?: AbortSignal;
  judge?: HttpJudge;
  /** How many items the JSON body has, for the event. A body that is not JSON is then asked for again before it fails. */
  countItems?(body: unknown): number | undefined;
}

/** What a connector says of an answer; undefined leaves it to the rules for its status. */
export type HttpVerdict =
  | { action: "accept" }
  /** Again, as after a 503. POST too: the connector says that it may be repeated. */
  | { action: "retry"; wait_ms?: number; code?: ConnectorErrorCode; reason?: string; remedy?: string }
  /** `remedy` says what to do where the code's own words would not. */
  | { action: "fail"; code?: ConnectorErrorCode; reason?: string; remedy?: string };

export type HttpJudge = (answer: HttpAnswer) => HttpVerdict | undefined;

/** An answer before it is accepted. */
export interface HttpAnswer {
  status: number;
  headers: Headers;
  url: string;
  /** The body as JSON; undefined when it is not JSON or larger than 8 MiB. */
  json(): unknown;
  /** The beginning of a body that is not larger than 8 MiB. */
  text(): string;
}

/** An answer with a status that is no failure. */
export interface HttpResponse {
  status: number;
  headers: Headers;
  /** The address that answered, after redirects, without its secrets. */
  url: string;
  /** Numbers that a double cannot hold are `JSON.rawJSON`. The same object every time; undefined for a 204. */
  json<T = unknown>(): Promise<T>;
  text(): Promise<string>;
  bytes(): Promise<Buffer>;
  /**
   * The records at a JSON pointer, "" for the document itself, in batches and in flat memory whatever their number.
   * Batches carry rows, rejects (items that are no objects), positions and bytes; no cursor.
   */
  records(pointer?: string): AsyncIterable<RecordBatch>;
  /** The unpacked body as it comes. */
  chunks(): AsyncIterable<Uint8Array>;
  /**
   * Drops what was not read. An answer of more than 8 MiB occupies one of the client's connections until it is read to
   * its end or dropped: whoever asks for something else meanwhile needs a `concurrency` of 2 or more.
   */
  discard(): Promise<void>;
}

export interface HttpClient {
  get(path: string, request?: HttpRequest): Promise<HttpResponse>;
  post(path: string, request?: HttpRequest): Promise<HttpResponse>;
  request(method: HttpMethod, path: string, request?: HttpRequest): Promise<HttpResponse>;
  /** GET, and the body as JSON. */
  json<T = unknown>(path: string, request?: HttpRequest): Promise<T>;
  /** Page after page; a page that repeats for ever ends it with `source_page_repeated`. */
  paginate(path: string, request?: PagesRequest): AsyncGenerator<HttpPage>;
}

export interface PagesRequest extends HttpRequest {
  /** GET unless given. */
  method?: HttpMethod;
  /** Found out from the answers unless given. */
  paginator?: Paginator;
  /** Where the records of a page are: a JSON pointer, a dotted path (`data.items`, `*` for each), or a function. */
  records?: string | ((body: unknown) => readonly unknown[]);
  /** `next` of the page to go on after. */
  from?: PageTurn;
}

export interface HttpPage {
  /** From 0, counted from where reading began. */
  index: number;
  records: readonly unknown[];
  body: unknown;
  status: number;
  headers: Headers;
  url: string;
  /** What asks for the page after this one; JSON, so that it may be part of a cursor. */
  next: PageTurn | undefined;
}
