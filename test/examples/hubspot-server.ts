import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { type Vendor, vendorOf } from "./example-workspace.ts";

export interface HubspotObject {
  id: string;
  properties: Record<string, string>;
}

export interface Hubspot {
  contacts: HubspotObject[];
  companies: HubspotObject[];
}

export const HUBSPOT_TOKEN = "pat-eu1-0123456789";

/** A query never gives more, however it is paged. */
const MAX_RESULTS = 10_000;

interface Search {
  limit: number;
  after?: string;
  properties: string[];
  sorts: { propertyName: string; direction: string }[];
  filterGroups: { filters: { propertyName: string; operator: string; value: string }[] }[];
}

/**
 * HubSpot's CRM search as documented: POST, filters on properties with dates as texts of milliseconds, pages of at most
 * 100 by `after`, and 400 beyond the first 10,000 results of a query.
 */
export function hubspotServer(data: Hubspot): Vendor {
  return vendorOf((request) => {
    const { headers, path, method } = request;
    if (headers.authorization !== `Bearer ${HUBSPOT_TOKEN}`)
      return refusal(401, "Authentication credentials not found");
    if (path === "/crm/v3/owners") return { json: { results: [{ id: "1", email: "ada@example.com" }] } };
    const name = /^\/crm\/v3\/objects\/(contacts|companies)\/search$/.exec(path)?.[1];
    if (name === undefined || method !== "POST") return refusal(404, "resource not found");
    return search(request, data[name as keyof Hubspot]);
  });
}

function search({ body }: SeenRequest, objects: readonly HubspotObject[]): TestAnswer {
  const { limit, after = "0", properties, sorts, filterGroups } = JSON.parse(body) as Search;
  const from = Number(after);
  if (limit > 100) return refusal(400, "limit must be at most 100");
  if (from + limit > MAX_RESULTS) return refusal(400, "The total results of a query must be at most 10000");
  const [filter] = filterGroups[0]?.filters ?? [];
  const [sort] = sorts;
  if (typeof filter?.value !== "string" || filter.operator !== "GTE" || sort === undefined)
    return refusal(400, "bad filter");
  const timeOf = ({ properties: own }: HubspotObject, name: string) => Date.parse(own[name] ?? "");
  const found = objects.filter((object) => timeOf(object, filter.propertyName) >= Number(filter.value));
  found.sort((a, b) => timeOf(a, sort.propertyName) - timeOf(b, sort.propertyName) || Number(a.id) - Number(b.id));
  const results = found.slice(from, from + limit).map((object) => chosen(object, properties));
  const next = from + limit < found.length ? { paging: { next: { after: String(from + limit) } } } : {};
  return { json: { total: found.length, results, ...next } };
}

function chosen({ id, properties }: HubspotObject, names: readonly string[]): HubspotObject {
  return { id, properties: Object.fromEntries(names.map((name) => [name, properties[name] ?? ""])) };
}

function refusal(status: number, message: string): TestAnswer {
  return { status, json: { status: "error", message, correlationId: "aeb5f871-7f07-4993-9211-075dc63e7cbf" } };
}
