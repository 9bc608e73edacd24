import type { Clock } from "../../core/time.ts";
import type { OAuth2ClientCredentials, OAuth2RefreshToken } from "./http-auth.ts";

export type OAuth2Auth = OAuth2ClientCredentials | OAuth2RefreshToken;

export interface TokenUse {
  /** Sends a form to the token endpoint; what it throws reaches whoever needs a token. */
  fetch(form: Record<string, string>, headers: Record<string, string>): Promise<Record<string, unknown>>;
  clock: Clock;
  addSecrets(values: readonly string[]): void;
}

/** A token is renewed this long before its end, so that it does not expire on its way. */
const LEEWAY_MS = 60_000;

/**
 * The access token of one login, for all clients of a run. Whoever needs a token while one is being fetched gets that
 * one. A new refresh token is stored before the access token that came with it is given to anybody.
 */
export class OAuthTokens {
  readonly #auth: OAuth2Auth;
  #refreshToken: string | undefined;
  #access: { token: string; until: number } | undefined;
  #fetching: Promise<string> | undefined;

  constructor(auth: OAuth2Auth) {
    this.#auth = auth;
    if (auth.type !== "oauth2_refresh_token") return;
    this.#refreshToken = auth.refreshToken;
    if (auth.accessToken !== undefined) {
      this.#access = { token: auth.accessToken, until: (auth.expiresAt ?? Number.POSITIVE_INFINITY) - LEEWAY_MS };
    }
  }

  /** A token that is good now; never the one called `stale`. */
  token(use: TokenUse, stale?: string): Promise<string> {
    const known = this.#access;
    if (known !== undefined && known.token !== stale && use.clock.now() < known.until)
      return Promise.resolve(known.token);
    this.#fetching ??= this.#fetch(use).finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetch(use: TokenUse): Promise<string> {
    this.#access = undefined;
    const asked = use.clock.now();
    const { access_token, refresh_token: next, expires_in } = await use.fetch(this.#form(), this.#headers());
    const token = String(access_token);
    const rotated = typeof next === "string" && next !== "" ? next : undefined;
    use.addSecrets(rotated === undefined ? [token] : [token, rotated]);
    if (rotated !== undefined && rotated !== this.#refreshToken) await this.#keep(rotated);
    this.#access = { token, until: asked + lifetime(expires_in) };
    return token;
  }

  async #keep(refreshToken: string): Promise<void> {
    this.#refreshToken = refreshToken;
    if (this.#auth.type === "oauth2_refresh_token") await this.#auth.saveRefreshToken?.(refreshToken);
  }

  #form(): Record<string, string> {
    const { clientId, clientSecret, scope, params, clientAuth } = this.#auth;
    const grant: Record<string, string> =
      this.#auth.type === "oauth2_client_credentials"
        ? { grant_type: "client_credentials" }
        : { grant_type: "refresh_token", refresh_token: this.#refreshToken ?? "" };
    const client = clientAuth === "basic" ? {} : { client_id: clientId, client_secret: clientSecret };
    const fields = Object.entries({ ...grant, scope, ...client, ...params });
    return Object.fromEntries(fields.filter((field): field is [string, string] => field[1] !== undefined));
  }

  /** As RFC 6749, 2.3.1 has it: both parts are form-encoded before they are joined. */
  #headers(): Record<string, string> {
    const { clientId = "", clientSecret = "", clientAuth } = this.#auth;
    if (clientAuth !== "basic") return {};
    const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`;
    return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  }
}

/** Milliseconds for which a token is used; without a stated end until it is refused. */
function lifetime(expires_in: unknown): number {
  const ms = Number(expires_in) * 1000;
  if (expires_in === undefined || expires_in === null || !Number.isFinite(ms)) return Number.POSITIVE_INFINITY;
  return Math.max(ms - LEEWAY_MS, ms / 2);
}
