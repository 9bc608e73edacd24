import type { Dispatcher } from "undici";
import type { Authentication } from "./authentication.ts";
import type { HostLimiter } from "./host-limiter.ts";
import type { HttpJudge, HttpMethod, HttpRequest, HttpUse } from "./http-client.ts";

/** A client's limits with their defaults filled in; units as in `HttpClientOptions`. */
export interface HttpLimits {
  timeout_ms: number;
  connect_timeout_ms: number;
  stall_timeout_ms: number;
  retries: number;
  backoff_ms: number;
  max_backoff_ms: number;
  max_wait_ms: number;
  max_redirects: number;
  max_body_bytes: number;
}

/** What the requests of one client share. */
export interface ClientCore {
  limits: HttpLimits;
  use: HttpUse;
  random: () => number;
  authenticate: Authentication;
  /** Values that are masked in quotations. */
  secrets: string[];
  /** Query parameters whose values are masked. */
  secretParams: readonly string[];
  /** What a user does when the credentials are refused. */
  renewal: string;
  limiterOf(url: URL): HostLimiter;
  dispatcher(): Promise<Dispatcher>;
}

/** One request on its way through attempts and redirects. */
export interface Call {
  method: HttpMethod;
  url: URL;
  /** Names in lower case, without the credentials. */
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
  /** The credentials go with it. */
  trusted: boolean;
  /** They stay behind because it goes, or went, to an origin that is not trusted. */
  strayed: boolean;
  repeatable: boolean;
  redirects: number;
  max_redirects: number;
  signal: AbortSignal;
  judges: readonly HttpJudge[];
  request: HttpRequest;
}
