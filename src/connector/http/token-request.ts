import { isJsonObject } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import { resolveAddress } from "./address.ts";
import type { Call, ClientCore } from "./client-core.ts";
import { ACCEPTED_ENCODINGS } from "./content-encoding.ts";
import type { HttpAnswer, HttpVerdict } from "./http-client.ts";
import type { OAuth2Auth, TokenUse } from "./oauth-tokens.ts";
import { sendRequest } from "./send-request.ts";

/**
 * Asks for tokens with the client's own attempts, limits and events. A redirect is not followed: the form holds
 * secrets. A refresh token may be good for one use only, so that request is repeated only after an answer that says
 * that it was not looked at.
 */
export function fetchToken(core: ClientCore, auth: OAuth2Auth): TokenUse["fetch"] {
  return async (form, headers) => {
    const url = resolveAddress(auth.tokenUrl, undefined);
    const answer = await sendRequest(
      core,
      tokenCall(core, { url, form, headers, once: form["grant_type"] === "refresh_token" }),
    );
    const fields = await answer.json();
    if (isJsonObject(fields) && typeof fields["access_token"] === "string" && fields["access_token"] !== "")
      return fields;
    throw new ConnectorError(
      "credentials_rejected",
      `fetching an access token: the answer of ${url.host} has no \`access_token\`. Check the token address and ${core.renewal}.`,
    );
  };
}

interface TokenForm {
  url: URL;
  form: Record<string, string>;
  headers: Record<string, string>;
  /** Not to be repeated. */
  once: boolean;
}

function tokenCall(core: ClientCore, { url, form, headers, once }: TokenForm): Call {
  return {
    method: "POST",
    url,
    headers: {
      accept: "application/json",
      "accept-encoding": ACCEPTED_ENCODINGS,
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": "sluice",
      ...headers,
    },
    body: new URLSearchParams(form).toString(),
    trusted: false,
    strayed: false,
    repeatable: !once,
    redirects: 0,
    max_redirects: 0,
    signal: core.use.signal,
    judges: [judgeTokenAnswer],
    request: { doing: "fetching an access token", countItems: () => undefined },
  };
}

/** RFC 6749 answers 400 where a login is no longer good. */
function judgeTokenAnswer({ status, headers }: HttpAnswer): HttpVerdict | undefined {
  if (status === 400 || status === 401 || status === 403) return { action: "fail", code: "credentials_rejected" };
  const later = status === 429 || (status === 503 && headers.has("retry-after"));
  return later ? { action: "retry", ...waitOf(headers) } : undefined;
}

function waitOf(headers: Headers): { wait_ms?: number } {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? { wait_ms: seconds * 1000 } : {};
}
