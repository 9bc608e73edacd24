/** How requests are authorised. `secret` is the name of the secret that messages tell the user to set anew. */
export type HttpAuth =
  | BearerAuth
  | HeaderAuth
  | BasicAuth
  | QueryAuth
  | SignedAuth
  | OAuth2ClientCredentials
  | OAuth2RefreshToken;

export interface BearerAuth {
  type: "bearer";
  token: string;
  secret?: string;
}

export interface HeaderAuth {
  type: "header";
  name: string;
  value: string;
  /** Secrets within the value, where it is made of several: each of them is masked. */
  parts?: readonly string[];
  secret?: string;
}

export interface BasicAuth {
  type: "basic";
  username: string;
  password: string;
  secret?: string;
}

/** A query parameter; its value is masked wherever the address is shown. */
export interface QueryAuth {
  type: "query";
  name: string;
  value: string;
  secret?: string;
}

/** Each request is signed as it goes out, again with each attempt. */
export interface SignedAuth {
  type: "signed";
  /** The headers that carry the signature. */
  sign(request: UnsignedRequest): Promise<Record<string, string>>;
  /** What must not be shown anywhere. */
  parts: readonly string[];
  secret?: string;
}

export interface UnsignedRequest {
  method: string;
  url: URL;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string | Uint8Array | undefined;
}

interface OAuth2 {
  tokenUrl: string;
  scope?: string;
  /** Further fields of the token request: `audience`, `tenant` … */
  params?: Readonly<Record<string, string>>;
  /** How the client says who it is to the token endpoint. `body` unless given. */
  clientAuth?: "body" | "basic";
  secret?: string;
}

export interface OAuth2ClientCredentials extends OAuth2 {
  type: "oauth2_client_credentials";
  clientId: string;
  clientSecret: string;
}

export interface OAuth2RefreshToken extends OAuth2 {
  type: "oauth2_refresh_token";
  clientId?: string;
  clientSecret?: string;
  refreshToken: string;
  /** A token that is still good, and until when (milliseconds since the epoch). */
  accessToken?: string;
  expiresAt?: number;
  /** Stores a refresh token that took the old one's place; awaited before the new access token is used. */
  saveRefreshToken?(value: string): Promise<void>;
}
