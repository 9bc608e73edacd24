import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { type Vendor, vendorOf } from "./example-workspace.ts";

export interface StripeObject {
  id: string;
  /** Seconds since the epoch. */
  created: number;
  [field: string]: unknown;
}

export interface Stripe {
  charges: StripeObject[];
  balance_transactions: StripeObject[];
  invoices: StripeObject[];
  events: StripeObject[];
}

export const STRIPE_KEY = "sk_test_0123456789abcdef";

/**
 * Stripe's lists as documented: the newest first, at most 100, `starting_after` an object that must exist, `has_more`,
 * `created[gte]` and `created[lt]`, `expand[]`; 401 for a key that is not valid, errors with a type and a message.
 */
export function stripeServer(data: Stripe): Vendor {
  return vendorOf((request) => {
    const { headers, path } = request;
    if (headers.authorization !== `Bearer ${STRIPE_KEY}`) return refusal(401, "Invalid API Key provided");
    if (path === "/v1/balance") return { json: { object: "balance" } };
    const name = path.replace("/v1/", "") as keyof Stripe;
    const objects = data[name];
    return objects === undefined ? refusal(404, `Unrecognized request URL (GET: ${path})`) : list(request, objects);
  });
}

function list({ path, query }: SeenRequest, objects: readonly StripeObject[]): TestAnswer {
  const number = (name: string, otherwise: number) => Number(query.get(name) ?? otherwise);
  const limit = number("limit", 10);
  if (limit > 100) return refusal(400, "Invalid integer: limit must be at most 100");
  const [from, to] = [number("created[gte]", 0), number("created[lt]", Number.MAX_SAFE_INTEGER)];
  const all = [...objects].sort((a, b) => b.created - a.created || (a.id < b.id ? 1 : -1));
  const after = query.get("starting_after");
  const at = after === null ? -1 : all.findIndex(({ id }) => id === after);
  if (after !== null && at === -1) return refusal(400, `No such object: '${after}'`);
  const found = all.slice(at + 1).filter(({ created }) => created >= from && created < to);
  const data = found.slice(0, limit).map((object) => expanded(object, query.getAll("expand[]")));
  return { json: { object: "list", url: path, has_more: found.length > limit, data } };
}

function expanded(object: StripeObject, paths: readonly string[]): StripeObject {
  if (!paths.includes("data.balance_transaction")) return object;
  return { ...object, balance_transaction: { id: object["balance_transaction"], object: "balance_transaction" } };
}

function refusal(status: number, message: string): TestAnswer {
  return { status, json: { error: { type: "invalid_request_error", message } } };
}
