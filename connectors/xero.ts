import { apiAddress, defineRestConnector, type JsonObject, type JsonValue, type RestApi, z } from "sluice/connector";

const options = z.strictObject({
  tenant_ids: z
    .array(z.uuid())
    .min(1)
    .optional()
    .describe("Ids of the organisations to read. All that the login is connected to unless given."),
  start: z.iso.datetime().default("2006-01-01T00:00:00Z").describe("What changed before is not read."),
  api_url: apiAddress("https://api.xero.com"),
  login_url: apiAddress("https://identity.xero.com"),
});

const secrets = z.strictObject({
  client_id: z.string().min(1).describe("Client id of the app."),
  client_secret: z.string().min(1).optional().describe("Client secret of a web app; an app with PKCE has none."),
  refresh_token: z.string().min(1).describe("Set by `sluice connections login`. Xero replaces it at each use."),
});

const SCOPES =
  "offline_access accounting.transactions.read accounting.contacts.read accounting.settings.read accounting.journals.read";

export default defineRestConnector({
  name: "xero",
  title: "Xero",
  description:
    "Accounting of Xero: invoices, contacts, payments, bank transactions, journals and more, of each organisation.",
  options,
  secrets,
  guide: {
    credentials: `1. At <https://developer.xero.com/app/manage> make an app, a web app or one with PKCE, with the redirect address
   \`http://localhost:8765/callback\`.
2. Set \`client_id\`, and \`client_secret\` if the app has one, with \`sluice secrets set <connection> <name>\`.`,
    limits:
      "60 requests in a minute and 5,000 in a day for each organisation, 5 at once. What Xero's headers say is heeded; a minute's limit is waited out.",
    deletes:
      "What is deleted or voided at Xero changes its `Status` (or `ContactStatus`, `ARCHIVED`), and comes as a change. Nothing leaves the tables.",
    notes:
      "A refresh token is good for one use and for 60 days: the new one is stored before anything is asked with it, also if the run then fails. Times come as Xero's `/Date(…)/` and are stored as times.",
    example: { start: "2024-01-01T00:00:00Z" },
  },
  auth: ({ secrets: { client_id, client_secret, refresh_token }, options: { login_url }, saveSecret }) => ({
    type: "oauth2_refresh_token",
    tokenUrl: `${login_url}/connect/token`,
    clientId: client_id,
    ...(client_secret === undefined ? {} : { clientSecret: client_secret, clientAuth: "basic" as const }),
    refreshToken: refresh_token,
    secret: "refresh_token",
    saveRefreshToken: (token) => saveSecret("refresh_token", token),
  }),
  login: ({ options: { login_url }, secrets: { client_id = "", client_secret } }) => ({
    authorizeUrl:
      login_url === "https://identity.xero.com"
        ? "https://login.xero.com/identity/connect/authorize"
        : `${login_url}/identity/connect/authorize`,
    tokenUrl: `${login_url}/connect/token`,
    clientId: client_id,
    ...(client_secret === undefined ? {} : { clientSecret: client_secret, clientAuth: "basic" as const }),
    scope: SCOPES,
    secret: "refresh_token",
  }),
  identity: { path: "/connections", says: "connected to {0.tenantName}" },
  api: ({ api_url, tenant_ids, start }) => {
    const parent = {
      stream: "tenants",
      keys: { tenant: "tenantId" },
      include: { tenant_id: "tenantId" },
      ...(tenant_ids === undefined ? {} : { where: { tenantId: tenant_ids } }),
    };
    const whole = (resource: string, key: string, description: string): Stream => ({
      description,
      path: `/api.xro/2.0/${resource}`,
      headers: { "xero-tenant-id": "{tenant}" },
      records: resource,
      primary_key: ["tenant_id", key],
      parent,
    });
    const changed = (resource: string, key: string, description: string, more: Partial<Stream> = {}): Stream => ({
      ...whole(resource, key, description),
      headers: { "xero-tenant-id": "{tenant}", "if-modified-since": "{cursor}" },
      params: { order: "UpdatedDateUTC ASC" },
      paginate: { type: "page", size: 100 },
      cursor: {
        field: "UpdatedDateUTC",
        format: "yyyy-MM-ddTHH:mm:ss",
        start,
        ordered: "asc",
        requery: true,
        margin_s: 1,
      },
      ...more,
    });
    return {
      base_url: api_url,
      headers: { accept: "application/json" },
      rate_limit: { requests: 60, per_s: 60 },
      concurrency: 4,
      defaults: { paginate: { type: "none" } },
      streams: {
        tenants: {
          description: "Organisations that the login is connected to.",
          path: "/connections",
          records: "",
          primary_key: ["tenantId"],
        },
        invoices: changed("Invoices", "InvoiceID", "Invoices and bills with their lines.", {
          params: { order: "UpdatedDateUTC ASC", unitdp: 4 },
        }),
        contacts: changed("Contacts", "ContactID", "Contacts, archived ones too.", {
          params: { order: "UpdatedDateUTC ASC", includeArchived: true },
        }),
        bank_transactions: changed("BankTransactions", "BankTransactionID", "Money spent and received.", {
          params: { order: "UpdatedDateUTC ASC", unitdp: 4 },
        }),
        credit_notes: changed("CreditNotes", "CreditNoteID", "Credit notes with their lines."),
        payments: changed("Payments", "PaymentID", "Payments of invoices and credit notes."),
        purchase_orders: changed("PurchaseOrders", "PurchaseOrderID", "Purchase orders with their lines."),
        manual_journals: changed("ManualJournals", "ManualJournalID", "Manual journals with their lines."),
        journals: {
          ...whole(
            "Journals",
            "JournalID",
            "Journals in the order of their number; never changed once they are there.",
          ),
          paginate: { type: "cursor", param: "offset", last_record: "JournalNumber" },
          cursor: { field: "JournalNumber", param: "offset", ordered: "asc", inclusive: false },
        },
        accounts: whole("Accounts", "AccountID", "Chart of accounts."),
        items: whole("Items", "ItemID", "Products and services."),
        users: whole("Users", "UserID", "Users of the organisation."),
      },
    };
  },
  transforms: Object.fromEntries(
    ["invoices", "contacts", "bank_transactions", "credit_notes", "payments", "purchase_orders"]
      .concat(["manual_journals", "journals", "accounts", "items", "users"])
      .map((stream) => [stream, (record: JsonObject) => withTimes(record) as JsonObject]),
  ),
});

type Stream = RestApi["streams"][string];

/** `/Date(1573755038314+0000)/`: milliseconds since 1970, whatever the zone behind them. */
const XERO_DATE = /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/;

/** The same with times as ISO 8601; numbers whose digits a double cannot hold stay what they are. */
function withTimes(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === "string") {
    const ms = XERO_DATE.exec(value)?.[1];
    return ms === undefined ? value : new Date(Number(ms)).toISOString();
  }
  if (Array.isArray(value)) return value.map((item) => withTimes(item) as JsonValue);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withTimes(inner) as JsonValue]));
}
