import type { ConnectorErrorCode } from "../connector-error.ts";
import { type Failure, failed, type Subject } from "./failure.ts";
import type { FieldMap } from "./rate-headers.ts";
import { readAllowance, readRetryAfter } from "./rate-headers.ts";
import { isPassing } from "./retry-policy.ts";
import { vendorMessage } from "./vendor-message.ts";

/** An answer that is a failure by its status. */
export interface Refusal {
  status: number;
  fields: FieldMap;
  /** The body, as JSON where it is JSON. */
  body: unknown;
  text: string;
  now: number;
}

/** What an answer with such a status means, what may be done and what the user is told. */
export function statusFailure(refusal: Refusal, subject: Subject): Failure {
  const { status, fields, now } = refusal;
  const limited = isLimit(refusal);
  const code = limited ? "source_rate_limited" : codeOf(status);
  const said = vendorMessage(refusal.body, refusal.text, subject.secrets);
  const quoted = said === undefined ? "" : `: "${said}"`;
  const message = `${subject.doing}: ${status} from ${subject.host}${quoted}. ${remedy(code, status, subject)}`;
  const wait = readRetryAfter(fields, now) ?? (limited ? limitReset(fields, now) : undefined);
  const told = String(fields["stripe-should-retry"] ?? fields["x-should-retry"] ?? "");
  const passing = told === "true" || (told !== "false" && (limited || isPassing(status)));
  const error = failed(code, message, { status, url: subject.url });
  return { error, status, passing, limited, stale: status === 401, ...(wait === undefined ? {} : { wait_ms: wait }) };
}

/** GitHub, among others, answers 403 to too many requests: the fields tell it from missing rights. */
function isLimit({ status, fields, now }: Refusal): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return readRetryAfter(fields, now) !== undefined || readAllowance(fields, now)?.remaining === 0;
}

function limitReset(fields: FieldMap, now: number): number | undefined {
  const allowance = readAllowance(fields, now);
  return allowance?.remaining === 0 ? allowance.reset_ms : undefined;
}

function codeOf(status: number): ConnectorErrorCode {
  if (status === 401 || status === 403) return "credentials_rejected";
  if (status === 404 || status === 410) return "source_not_found";
  if (status === 407) return "source_unreachable";
  if (status >= 500 || isPassing(status)) return "source_failed";
  return "source_refused";
}

function remedy(code: ConnectorErrorCode, status: number, { url, renewal }: Subject): string {
  if (status === 401) return `The credentials are not valid: ${renewal}.`;
  if (status === 403 && code === "credentials_rejected") {
    return `The credentials are valid but do not permit ${url}: give them that right at the source, or ${renewal}.`;
  }
  if (code === "source_not_found")
    return `There is nothing at ${url}: check the address and the ids in the connection's options.`;
  if (code === "source_rate_limited")
    return "It allows no more requests for now: run again later, or lower `rate_limit`.";
  if (status === 407) return "The proxy asks for a login: put it into the proxy's address.";
  if (code === "source_failed") return "The fault is the source's: run again later.";
  return `It does not accept the request to ${url}: correct the connection's options.`;
}
