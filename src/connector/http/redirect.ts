import type { ConnectorError } from "../connector-error.ts";
import type { Call } from "./client-core.ts";
import { failed, type Subject } from "./failure.ts";

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Of the caller's own headers only these go to another origin: none of them can be a credential. */
const HARMLESS_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "accept-language",
  "content-type",
  "range",
  "user-agent",
]);

export function isRedirect(status: number, location: string | undefined): location is string {
  return location !== undefined && REDIRECTS.has(status);
}

/**
 * The request that a redirect asks for. To another origin (scheme, host or port) go neither credentials nor the
 * caller's headers, nor a body; once they have stayed behind they do not come back. @throws ConnectorError
 */
export function followRedirect(call: Call, status: number, location: string, subject: Subject): Call {
  const refuse = (why: string) => refused(subject, status, why);
  if (call.redirects >= call.max_redirects) throw refuse(`it redirects more than ${call.max_redirects} times`);
  if (!URL.canParse(location, call.url.href)) throw refuse("it redirects to what is not an address");
  const url = new URL(location, call.url);
  if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse("it redirects to what is not http");
  if (call.url.protocol === "https:" && url.protocol === "http:") throw refuse("it redirects from https to plain http");
  const toGet = call.method !== "HEAD" && (status === 303 || (status <= 302 && call.method === "POST"));
  const next: Call = { ...call, url, redirects: call.redirects + 1, ...(toGet ? withoutBody(call) : {}) };
  if (url.origin === call.url.origin) return next;
  if (next.body !== undefined) throw refuse(`it redirects a ${call.method} with a body to ${url.origin}`);
  return { ...next, trusted: false, strayed: true, headers: harmlessHeaders(next.headers) };
}

export function harmlessHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS_HEADERS.has(name)));
}

function withoutBody(call: Call): Pick<Call, "method" | "body" | "headers" | "repeatable"> {
  const { "content-type": _, ...headers } = call.headers;
  return { method: "GET", body: undefined, headers, repeatable: true };
}

function refused({ doing, host, url }: Subject, status: number, why: string): ConnectorError {
  const message = `${doing}: ${status} from ${host}: ${why}, which is not followed. Correct the address in the connection's options.`;
  return failed("source_refused", message, { status, url });
}
