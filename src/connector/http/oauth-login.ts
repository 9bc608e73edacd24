import { createHash, randomBytes } from "node:crypto";
import { isJsonObject } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { OAuthLogin } from "../define-connector.ts";
import type { HttpAnswer, HttpClient, HttpVerdict } from "./http-client.ts";

/** A login that a person is asked to allow. */
export interface PreparedLogin {
  /** Where they are sent. */
  url: string;
  /** Where they come back to. */
  redirect: string;
  /** Comes back with them: proves that it is this login that was answered. */
  state: string;
  /** PKCE: proves to the token endpoint that who began the login also ends it. */
  verifier: string;
}

/** RFC 6749, 4.1 with RFC 7636. */
export function prepareLogin(login: OAuthLogin, redirect: string): PreparedLogin {
  const [state, verifier] = [randomText(), randomText()];
  const url = new URL(login.authorizeUrl);
  const params = {
    response_type: "code",
    client_id: login.clientId,
    redirect_uri: redirect,
    scope: login.scope,
    state,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...login.params,
  };
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return { url: url.href, redirect, state, verifier };
}

/**
 * The code in what came back: the whole address, or the code alone where a person copied it.
 * @throws ConnectorError `credentials_rejected` when access was refused or another login was answered
 */
export function codeFrom(answer: string, { state }: PreparedLogin): string {
  const text = answer.trim();
  if (!/[?&=]/.test(text) && text !== "") return text;
  const query = new URLSearchParams(text.slice(text.indexOf("?") + 1));
  const refusal = query.get("error");
  if (refusal !== null) throw refused(`the service answered ${query.get("error_description") ?? refusal}`);
  if (query.get("state") !== state) throw refused("the answer belongs to another login");
  const code = query.get("code");
  if (code === null || code === "") throw refused("the address has no code");
  return code;
}

/** Exchanges the code for a refresh token; once, because a code is good for one use. */
export async function exchangeCode(
  client: HttpClient,
  login: OAuthLogin,
  { prepared, code }: { prepared: PreparedLogin; code: string },
): Promise<string> {
  const { clientId, clientSecret, clientAuth, tokenUrl } = login;
  const asBasic = clientAuth === "basic" && clientSecret !== undefined;
  const pair = `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret ?? "")}`;
  const response = await client.post(tokenUrl, {
    form: {
      grant_type: "authorization_code",
      code,
      redirect_uri: prepared.redirect,
      code_verifier: prepared.verifier,
      client_id: clientId,
      client_secret: asBasic ? undefined : clientSecret,
    },
    headers: asBasic ? { authorization: `Basic ${Buffer.from(pair).toString("base64")}` } : {},
    doing: "exchanging the code for tokens",
    judge: refusalOfCode,
  });
  const answer = await response.json();
  const token = isJsonObject(answer) ? answer["refresh_token"] : undefined;
  if (typeof token === "string" && token !== "") return token;
  throw refused("the service gave no refresh token: the app may lack the scope for it");
}

/** RFC 6749 answers 400 to a code that is not good (any more). */
function refusalOfCode({ status }: HttpAnswer): HttpVerdict | undefined {
  return status === 400 || status === 401 ? { action: "fail", code: "credentials_rejected" } : undefined;
}

function refused(what: string): ConnectorError {
  return new ConnectorError("credentials_rejected", `logging in: ${what}. Begin again, and allow access.`);
}

function randomText(): string {
  return randomBytes(32).toString("base64url");
}
