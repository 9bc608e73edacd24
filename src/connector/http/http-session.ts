import { createAuthentication, renewalOf, secretsOf } from "./authentication.ts";
import type { ClientCore, HttpLimits } from "./client-core.ts";
import { createClient } from "./create-client.ts";
import { Dispatchers } from "./dispatchers.ts";
import { HostLimiter } from "./host-limiter.ts";
import type { HttpAuth } from "./http-auth.ts";
import type { HttpClientOptions, HttpSession, HttpSessionOptions, HttpUse } from "./http-client.ts";
import { type OAuth2Auth, OAuthTokens } from "./oauth-tokens.ts";
import { fetchToken } from "./token-request.ts";

const DEFAULT_CONCURRENCY = 4;

const DEFAULT_LIMITS: HttpLimits = {
  timeout_ms: 60_000,
  connect_timeout_ms: 10_000,
  stall_timeout_ms: 60_000,
  retries: 4,
  backoff_ms: 500,
  max_backoff_ms: 30_000,
  max_wait_ms: 300_000,
  max_redirects: 5,
  max_body_bytes: 256 * 1024 * 1024,
};

/** Starts what the HTTP clients of one run share: sockets, the limits of hosts, and the tokens of logins. */
export function createHttpSession(options: HttpSessionOptions = {}): HttpSession {
  const shared: Shared = { dispatchers: new Dispatchers(options), limiters: new Map(), tokens: new Map() };
  return {
    client: (clientOptions, use) => createClient(clientCore(shared, clientOptions, use), clientOptions),
    close: () => shared.dispatchers.close(),
  };
}

interface Shared {
  dispatchers: Dispatchers;
  /** By host and port. */
  limiters: Map<string, HostLimiter>;
  /** By all that makes a login: a refresh token that was replaced is replaced for everybody. */
  tokens: Map<string, OAuthTokens>;
}

function clientCore(shared: Shared, options: HttpClientOptions, use: HttpUse): ClientCore {
  const { auth, proxy, ca } = options;
  const limits = limitsOf(options);
  const secrets = secretsOf(auth);
  const route = { proxy, ca, concurrency: concurrencyOf(options), connect_timeout_ms: limits.connect_timeout_ms };
  const core: ClientCore = {
    ...{ limits, use, secrets },
    random: use.random ?? Math.random,
    secretParams: auth?.type === "query" ? [auth.name] : [],
    renewal: renewalOf(auth, use.connection),
    authenticate: createAuthentication(auth, (stale) => tokensOf(shared, auth as OAuth2Auth).token(tokenUse(), stale)),
    limiterOf: (url) => limiterOf(shared, url.host, options),
    dispatcher: () => shared.dispatchers.get(route),
  };
  const addSecrets = (values: readonly string[]) => {
    secrets.push(...values);
    use.addSecrets?.(values);
  };
  const tokenUse = () => ({ clock: use.clock, addSecrets, fetch: fetchToken(core, auth as OAuth2Auth) });
  return core;
}

function limitsOf(options: HttpClientOptions): HttpLimits {
  const limits = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(limits) as (keyof HttpLimits)[]) limits[name] = options[name] ?? limits[name];
  return limits;
}

function concurrencyOf({ concurrency = DEFAULT_CONCURRENCY }: HttpClientOptions): number {
  return Math.max(1, concurrency);
}

function limiterOf({ limiters }: Shared, host: string, options: HttpClientOptions): HostLimiter {
  const { rate_limit } = options;
  const concurrency = concurrencyOf(options);
  const known = limiters.get(host);
  if (known !== undefined) {
    known.tighten(concurrency, rate_limit);
    return known;
  }
  const limiter = new HostLimiter(concurrency, rate_limit);
  limiters.set(host, limiter);
  return limiter;
}

function tokensOf({ tokens }: Shared, auth: HttpAuth & OAuth2Auth): OAuthTokens {
  const { type, tokenUrl, clientId, clientSecret, scope, params } = auth;
  const login = auth.type === "oauth2_refresh_token" ? auth.refreshToken : "";
  const key = JSON.stringify([type, tokenUrl, clientId, clientSecret, scope, params, login]);
  const known = tokens.get(key);
  if (known !== undefined) return known;
  const made = new OAuthTokens(auth);
  tokens.set(key, made);
  return made;
}
