import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { descriptionOf } from "./description.ts";
import { moment, type Route, startVendor, type Vendor } from "./vendor.ts";

export const XERO_CLIENT = { client_id: "A1B2C3D4E5F60718", client_secret: "xero-client-secret-0123456789" };
export const XERO_FIRST_REFRESH = "first-refresh-token-of-xero";

export interface XeroData {
  tenants: { id: string; tenantId: string; tenantType: string; tenantName: string }[];
  /** By tenant: when each invoice changed, in seconds after the beginning of 2026. */
  invoices: { InvoiceID: string; at: number }[];
  journals: number;
}

export interface Xero extends Vendor {
  /** The only refresh token that is good: each is good for one use. */
  refresh_token: string;
}

const RESOURCES: Readonly<Record<string, string>> = {
  Invoices: "InvoiceID",
  Contacts: "ContactID",
  BankTransactions: "BankTransactionID",
  CreditNotes: "CreditNoteID",
  Payments: "PaymentID",
  PurchaseOrders: "PurchaseOrderID",
  ManualJournals: "ManualJournalID",
};

export function xeroData(count = 4): XeroData {
  return {
    tenants: [1, 2].map((n) => ({
      id: `c0000000-0000-4000-8000-00000000000${n}`,
      tenantId: `70000000-0000-4000-8000-00000000000${n}`,
      tenantType: "ORGANISATION",
      tenantName: `Company ${n}`,
    })),
    invoices: Array.from({ length: count }, (_, n) => ({ InvoiceID: `invoice-${n}`, at: Math.floor(n / 2) * 10 })),
    journals: count,
  };
}

/**
 * Xero: a token endpoint whose refresh tokens are good for one use, organisations by header, what changed after
 * `If-Modified-Since` to the second in pages of 100, journals after a number, times as `/Date(…)/`. A request that its
 * description does not know is refused.
 */
export async function startXero(data: XeroData = xeroData(), largest_page = 100): Promise<Xero> {
  let access_token = "none";
  let uses = 0;
  const whole = (resource: string, row: object): Route => byTenant(() => ({ json: { [resource]: [row] } }));
  const vendor = await startVendor({
    admit: ({ path, headers }) =>
      path === "/connect/token" || headers.authorization === `Bearer ${access_token}`
        ? undefined
        : error(401, "TokenExpired: token expired"),
    error,
    description: {
      ...descriptionOf("xero", "/api.xro/2.0"),
      refusals: (request) =>
        request.path.startsWith("/api.xro") ? descriptionOf("xero", "/api.xro/2.0").refusals(request) : [],
    },
    routes: {
      "POST /connect/token": (request) => {
        const form = new URLSearchParams(request.body);
        const basic = `Basic ${Buffer.from(Object.values(XERO_CLIENT).join(":")).toString("base64")}`;
        if (request.headers.authorization !== basic) return { status: 401, json: { error: "invalid_client" } };
        if (form.get("grant_type") !== "refresh_token" || form.get("refresh_token") !== xero.refresh_token)
          return { status: 400, json: { error: "invalid_grant" } };
        uses++;
        xero.refresh_token = `refresh-token-number-${uses}`;
        access_token = `access-token-number-${uses}`;
        return { json: { access_token, refresh_token: xero.refresh_token, expires_in: 1800, token_type: "Bearer" } };
      },
      "GET /connections": () => ({ json: data.tenants }),
      ...Object.fromEntries(
        Object.entries(RESOURCES).map(([resource, key]) => [
          `GET /api.xro/2.0/${resource}`,
          byTenant((request) => changed(request, data, { resource, key, largest_page })),
        ]),
      ),
      "GET /api.xro/2.0/Journals": byTenant(({ query }) => {
        const after = Number(query.get("offset") ?? 0);
        const numbers = Array.from({ length: data.journals }, (_, n) => n + 1).filter((number) => number > after);
        const journal = (number: number) => ({ JournalID: `journal-${number}`, JournalNumber: number });
        return { json: { Journals: numbers.slice(0, Math.min(100, largest_page)).map(journal) } };
      }),
      "GET /api.xro/2.0/Accounts": whole("Accounts", { AccountID: "account-1", Code: "200" }),
      "GET /api.xro/2.0/Items": whole("Items", { ItemID: "item-1", Code: "BOOK" }),
      "GET /api.xro/2.0/Users": whole("Users", { UserID: "user-1", EmailAddress: "ada@example.com" }),
    },
  });
  const xero: Xero = Object.assign(vendor, { refresh_token: XERO_FIRST_REFRESH });
  return xero;
}

function byTenant(answer: Route): Route {
  return (request, places) =>
    request.headers["xero-tenant-id"] === undefined
      ? error(403, "AuthenticationUnsuccessful")
      : answer(request, places);
}

function changed(
  { query, headers }: SeenRequest,
  { invoices }: XeroData,
  { resource, key, largest_page }: { resource: string; key: string; largest_page: number },
): TestAnswer {
  const since = Date.parse(`${headers["if-modified-since"]}Z`);
  if (Number.isNaN(since)) return error(400, "If-Modified-Since is not a date");
  if (query.get("order") !== "UpdatedDateUTC ASC") return error(400, "order is missing");
  const found = invoices.filter(({ at }) => moment(at).getTime() > since).sort((a, b) => a.at - b.at);
  const size = Math.min(100, largest_page);
  const from = (Number(query.get("page") ?? 1) - 1) * size;
  const rows = found.slice(from, from + size).map(({ InvoiceID, at }) => ({
    [key]: InvoiceID.replace("invoice", resource),
    UpdatedDateUTC: `/Date(${moment(at).getTime()}+0000)/`,
  }));
  return { json: { [resource]: rows } };
}

function error(status: number, Detail: string): TestAnswer {
  return { status, json: { Title: "Error", Status: status, Detail } };
}
