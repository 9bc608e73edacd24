import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { descriptionOf } from "./description.ts";
import { bearer, moment, pageAfter, type Route, startVendor, type Vendor } from "./vendor.ts";

export const STRIPE_KEY = "rk_live_0123456789abcdef";

export interface StripeObject {
  id: string;
  object: string;
  created: number;
  [field: string]: unknown;
}

export interface StripeData {
  objects: Record<string, StripeObject[]>;
  /** Kinds that the key may not read. */
  forbidden: string[];
}

/** Singular by the name of the list. */
const KINDS: Readonly<Record<string, string>> = {
  customers: "customer",
  charges: "charge",
  payment_intents: "payment_intent",
  refunds: "refund",
  disputes: "dispute",
  payouts: "payout",
  balance_transactions: "balance_transaction",
  invoices: "invoice",
  subscriptions: "subscription",
  products: "product",
  prices: "price",
  events: "event",
};

export const second = (n: number) => moment(n).getTime() / 1000;

export function stripeData(count = 8): StripeData {
  const objects: StripeData["objects"] = {};
  for (const [list, object] of Object.entries(KINDS)) {
    objects[list] = Array.from({ length: count }, (_, n) => ({
      id: `${object}_${n}`,
      object,
      created: second(Math.floor(n / 2)),
      ...detail(object, n),
    }));
  }
  return { objects, forbidden: [] };
}

function detail(object: string, n: number): object {
  if (object === "invoice")
    return { currency: "eur", lines: { object: "list", data: [{ id: `il_${n}`, object: "line_item", amount: 100 }] } };
  if (object !== "event") return {};
  const type = n % 3 === 0 ? "customer.deleted" : "customer.updated";
  return { type, data: { object: { id: `cus_${n}`, object: "customer" } } };
}

/**
 * Stripe's lists: newest first, in pages by `starting_after` with `has_more`, filtered by `created[gte]`; events by their
 * types. A request that its description does not know is refused.
 */
export function startStripe(data: StripeData = stripeData(), largest_page = 100): Promise<Vendor> {
  const list: Route = (request) => {
    const name = request.path.split("/").at(-1) ?? "";
    if (data.forbidden.includes(name))
      return error(403, `The provided key does not have the required permissions for ${name}`);
    return page(request, name, data.objects[name] ?? [], largest_page);
  };
  return startVendor({
    admit: bearer(STRIPE_KEY, error(401, "Invalid API Key provided: rk_live_****cdef")),
    error,
    description: descriptionOf("stripe"),
    routes: {
      "GET /v1/account": () => ({ json: { id: "acct_1", object: "account", country: "FI", default_currency: "eur" } }),
      ...Object.fromEntries(Object.keys(KINDS).map((name) => [`GET /v1/${name}`, list])),
    },
  });
}

function page({ query }: SeenRequest, name: string, objects: readonly StripeObject[], largest: number): TestAnswer {
  const limit = Math.min(Number(query.get("limit") ?? 10), largest);
  const from = Number(query.get("created[gte]") ?? 0);
  const types = query.getAll("types[]");
  const found = objects
    .filter(({ created, type }) => created >= from && (types.length === 0 || types.includes(String(type))))
    .sort((a, b) => b.created - a.created);
  const after = query.get("starting_after");
  if (after !== null && !objects.some(({ id }) => id === after)) return error(400, `No such ${name}: '${after}'`);
  const items = pageAfter(found, ({ id }) => id, after, limit);
  return { json: { object: "list", url: `/v1/${name}`, data: items, has_more: items.at(-1) !== found.at(-1) } };
}

function error(status: number, message: string): TestAnswer {
  return { status, json: { error: { message, type: "invalid_request_error" } } };
}
