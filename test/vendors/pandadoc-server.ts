import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { moment, type Route, startVendor, type Vendor } from "./vendor.ts";

export const PANDADOC_KEY = "6f1a0c7e9b1d4a2f3c6e8d90aabbccdd";

export interface PandaDocument {
  id: string;
  name: string;
  status: string;
  date_modified: string;
  deleted?: boolean;
}

export const document = (n: number, changed = moment(n)): PandaDocument => ({
  id: `doc${n}`,
  name: `Offer ${n}`,
  status: "document.sent",
  date_modified: changed.toISOString().replace("Z", "000Z"),
});

export function pandadocData(count = 9): PandaDocument[] {
  return Array.from({ length: count }, (_, n) => ({ ...document(n, moment(Math.floor(n / 2))), deleted: n % 4 === 3 }));
}

/**
 * PandaDoc's public API: documents from a time of change on, in the order that is asked for, in numbered pages of at most
 * 100; what is in the bin only with `deleted`; details one by one.
 */
export function startPandadoc(documents: PandaDocument[] = pandadocData(), largest_page = 100): Promise<Vendor> {
  const all = (...rows: object[]): Route => {
    return ({ query }) => ({ json: { results: Number(query.get("page") ?? 1) > 1 ? [] : rows } });
  };
  return startVendor({
    admit: ({ headers }) =>
      headers.authorization === `API-Key ${PANDADOC_KEY}`
        ? undefined
        : error(401, "Authentication credentials were not provided."),
    error,
    routes: {
      "GET /public/v1/members/current": () => ({ json: { email: "ada@example.com", workspace: "w1" } }),
      "GET /public/v1/members": all({ membership_id: "m1", user_id: "u1" }),
      "GET /public/v1/contacts": all({ id: "c1", email: "bob@example.com" }),
      "GET /public/v1/templates": all({ id: "t1", name: "Offer" }),
      "GET /public/v1/documents/folders": all({ uuid: "f1", name: "Sales" }),
      "GET /public/v1/documents": (request) => page(request, documents, largest_page),
      "GET /public/v1/documents/{id}/details": (_, { id }) => {
        const found = documents.find((one) => one.id === id && one.deleted !== true);
        return found === undefined
          ? error(404, "Not found")
          : { json: { id, name: found.name, grand_total: { amount: "10.00", currency: "EUR" }, fields: [] } };
      },
    },
  });
}

function page({ query }: SeenRequest, documents: readonly PandaDocument[], largest: number): TestAnswer {
  const count = Number(query.get("count") ?? 50);
  if (count > 100) return error(400, "count must be at most 100");
  if (query.get("order_by") !== "date_modified") return error(400, "this order is not known here");
  const from = Date.parse(query.get("modified_from") ?? "1970-01-01T00:00:00Z");
  const wanted = query.get("deleted") === "true";
  const found = documents
    .filter(({ deleted = false, date_modified }) => deleted === wanted && Date.parse(date_modified) >= from)
    .sort((a, b) => (a.date_modified < b.date_modified ? -1 : 1));
  const size = Math.min(count, largest);
  const start = (Number(query.get("page") ?? 1) - 1) * size;
  return { json: { results: found.slice(start, start + size).map(({ deleted: _, ...row }) => row) } };
}

function error(status: number, detail: string): TestAnswer {
  return { status, json: { type: status === 401 ? "authentication_error" : "request_error", detail } };
}
