import type { HttpAuth, SignedAuth, UnsignedRequest } from "./http-auth.ts";

/** What a request carries to be let in. */
export interface Credentials {
  headers: Record<string, string>;
  param?: { name: string; value: string };
  /** The access token in it, when another one can be had. */
  token?: string;
}

/** Hands out what a request carries; `stale` is an access token that was refused. */
export type Authentication = (request: UnsignedRequest, stale?: string) => Credentials | Promise<Credentials>;

const NOTHING: Credentials = { headers: {} };

/** `tokenOf` gives the access token of an OAuth login. */
export function createAuthentication(
  auth: HttpAuth | undefined,
  tokenOf: (stale?: string) => Promise<string>,
): Authentication {
  if (auth === undefined) return () => NOTHING;
  if (auth.type === "oauth2_client_credentials" || auth.type === "oauth2_refresh_token") {
    return async (_, stale) => {
      const token = await tokenOf(stale);
      return { headers: { authorization: `Bearer ${token}` }, token };
    };
  }
  if (auth.type === "signed") return async (request) => ({ headers: await auth.sign(request) });
  const fixed = fixedCredentials(auth);
  return () => fixed;
}

function fixedCredentials(auth: Exclude<HttpAuth, { tokenUrl: string } | SignedAuth>): Credentials {
  switch (auth.type) {
    case "bearer":
      return { headers: { authorization: `Bearer ${auth.token}` } };
    case "header":
      return { headers: { [auth.name.toLowerCase()]: auth.value } };
    case "basic":
      return {
        headers: { authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString("base64")}` },
      };
    case "query":
      return { headers: {}, param: { name: auth.name, value: auth.value } };
  }
}

/** The values that must not be shown anywhere. */
export function secretsOf(auth: HttpAuth | undefined): string[] {
  switch (auth?.type) {
    case undefined:
      return [];
    case "bearer":
      return [auth.token];
    case "header":
      return [auth.value, ...(auth.parts ?? [])];
    case "query":
      return [auth.value];
    case "signed":
      return [...auth.parts];
    case "basic":
      return [auth.password, Buffer.from(`${auth.username}:${auth.password}`).toString("base64")];
    case "oauth2_client_credentials":
      return [auth.clientSecret, auth.clientId];
    case "oauth2_refresh_token":
      return [auth.refreshToken, auth.clientSecret, auth.clientId, auth.accessToken].filter((it) => it !== undefined);
  }
}

/** What a user does about credentials that are refused. */
export function renewalOf(auth: HttpAuth | undefined, connection: string | undefined): string {
  if (auth === undefined) return "give the connection credentials";
  const command = (secret: string) => `sluice secrets set ${connection ?? "<connection>"} ${secret}`;
  if (auth.secret === undefined) return `set new ones with \`${command("<name>")}\``;
  return `set the secret \`${auth.secret}\` anew with \`${command(auth.secret)}\``;
}
