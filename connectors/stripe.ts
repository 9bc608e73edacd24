import { apiAddress, defineRestConnector, type RestApi, z } from "sluice/connector";

const DAY_S = 86_400;

/** Kinds of objects that Stripe tells deletions of. */
const DELETED = [
  "customer.deleted",
  "customer.subscription.deleted",
  "coupon.deleted",
  "invoice.deleted",
  "invoiceitem.deleted",
  "plan.deleted",
  "price.deleted",
  "product.deleted",
];

const options = z.strictObject({
  lookback_days: z
    .number()
    .min(0)
    .default(30)
    .describe("Objects are listed by when they were made: those of so many days are read again, with their changes."),
  start: z.iso.datetime().default("2011-01-01T00:00:00Z").describe("Objects that were made before are not read."),
  account: z
    .string()
    .regex(/^acct_\w+$/, "must begin with acct_")
    .optional()
    .describe("A connected account to read in place of the key's own."),
  api_url: apiAddress("https://api.stripe.com/v1"),
});

const secrets = z.strictObject({
  api_key: z.string().min(1).describe("Restricted key (rk_live_…) that may read what is to be loaded."),
});

export default defineRestConnector({
  name: "stripe",
  title: "Stripe",
  description: "Customers, payments, invoices, subscriptions, payouts, products and events of Stripe.",
  options,
  secrets,
  guide: {
    credentials: `1. In the Stripe dashboard open Developers, API keys, Create restricted key.
2. Give it Read, nothing else, for what you want to load: Charges, Customers, Disputes, Events, Invoices, Payment Intents,
   Payouts, Prices, Products, Refunds, Subscriptions, Balance transactions, and the account itself.
3. Set it: \`sluice secrets set <connection> api_key\`. The test of the connection names streams that the key may not read.`,
    limits:
      "100 requests in a second live, 25 in test mode; at most 20 in a second are sent. A 429 is waited out, and `Stripe-Should-Retry` obeyed.",
    deletes:
      "What was deleted is a row of `deletions`, with `object` and `object_id`, from Stripe's events. Events are kept for 30 days: let it run more often than that.",
    notes:
      "Stripe has no filter for changed objects. Each run reads the objects of the last `lookback_days` again; later changes are in `events`, which have the whole object as it was then. Amounts are in the currency's smallest unit.",
    example: { lookback_days: 30, start: "2024-01-01T00:00:00Z" },
  },
  auth: ({ secrets: { api_key } }) => ({ type: "bearer", token: api_key, secret: "api_key" }),
  identity: { path: "/account", says: "logged in to {id} ({country}, {default_currency})" },
  api: ({ api_url, lookback_days, start, account }) => {
    const list = (path: string, description: string, more: Partial<Stream> = {}): Stream => ({
      description,
      path,
      cursor: {
        field: "created",
        param: "created[gte]",
        format: "epoch_s",
        start,
        ordered: "desc",
        lookback_s: lookback_days * DAY_S,
      },
      ...more,
    });
    const once = { cursor: { field: "created", param: "created[gte]", ordered: "desc" as const } };
    const invoice = { invoice_id: "id", invoice_created: "created", currency: "currency" };
    return {
      base_url: api_url,
      headers: { "stripe-version": "2024-06-20", ...(account === undefined ? {} : { "stripe-account": account }) },
      rate_limit: { requests: 20, per_s: 1 },
      defaults: {
        params: { limit: 100 },
        records: "data",
        primary_key: ["id"],
        paginate: { type: "cursor", param: "starting_after", last_record: "id", more: "has_more" },
      },
      streams: {
        customers: list("/customers", "Customers."),
        charges: list("/charges", "Charges."),
        payment_intents: list("/payment_intents", "Payment intents."),
        refunds: list("/refunds", "Refunds."),
        disputes: list("/disputes", "Disputes."),
        payouts: list("/payouts", "Payouts to the bank."),
        balance_transactions: list("/balance_transactions", "What went into and out of the balance."),
        invoices: list("/invoices", "Invoices, without their lines.", { fields: { exclude: ["lines"] } }),
        invoice_lines: list("/invoices", "The first lines within each invoice, at most ten.", {
          expand: { path: "lines.data", include: invoice },
        }),
        subscriptions: list("/subscriptions", "Subscriptions, ended ones too.", {
          params: { limit: 100, status: "all" },
        }),
        products: list("/products", "Products."),
        prices: list("/prices", "Prices."),
        events: {
          description: "What happened in the last 30 days, with the objects as they were.",
          path: "/events",
          ...once,
        },
        deletions: {
          description: "Objects that were deleted, from the events of the last 30 days.",
          path: "/events",
          params: { limit: 100, "types[]": DELETED },
          fields: {
            select: ["id", "created", "type"],
            lift: { object_id: "data.object.id", object: "data.object.object" },
          },
          ...once,
        },
      },
    };
  },
});

type Stream = RestApi["streams"][string];
