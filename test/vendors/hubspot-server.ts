import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { bearer, moment, pageAfter, startVendor, type Vendor } from "./vendor.ts";

export const HUBSPOT_TOKEN = "pat-eu1-11112222-3333-4444-5555-666677778888";

/** A query never gives more, however it is paged. */
const MOST_RESULTS = 10_000;

export interface HubspotObject {
  id: string;
  properties: Record<string, string>;
  archivedAt?: string;
}

export type HubspotData = Record<string, HubspotObject[]>;

export function hubspotObject(id: number, changed: Date, archivedAt?: Date): HubspotObject {
  const time = changed.toISOString();
  const properties = { lastmodifieddate: time, hs_lastmodifieddate: time, dealname: `Deal ${id}` };
  return { id: String(id), properties, ...(archivedAt === undefined ? {} : { archivedAt: archivedAt.toISOString() }) };
}

/** Several with one time of change, as imports make them. */
export function hubspotData(count = 30): HubspotData {
  const some = (offset: number) =>
    Array.from({ length: count }, (_, n) =>
      hubspotObject(offset + n, moment(Math.floor(n / 4)), n % 10 === 9 ? moment(n) : undefined),
    );
  return { contacts: some(100), deals: some(500) };
}

interface Search {
  limit?: number;
  after?: string;
  properties?: string[];
  sorts: { propertyName: string; direction: string }[];
  filterGroups: { filters: { propertyName: string; operator: string; value: string }[] }[];
}

/**
 * HubSpot's CRM: the search by POST with dates as texts of milliseconds, pages of at most 100 by `after`, an offset, and 400
 * beyond the first 10,000 results; lists of what is archived; errors with a category.
 */
export function startHubspot(data: HubspotData = hubspotData()): Promise<Vendor> {
  return startVendor({
    admit: bearer(HUBSPOT_TOKEN, refusal(401, "Authentication credentials not found", "INVALID_AUTHENTICATION")),
    error: refusal,
    limited: { ...refusal(429, "ten_secondly rolling limit", "RATE_LIMITS"), headers: { "retry-after": "3" } },
    routes: {
      "GET /account-info/v3/details": () => ({ json: { portalId: 4711, accountType: "STANDARD" } }),
      "GET /crm/v3/owners": () => ({ json: { results: [{ id: "1", email: "ada@example.com" }] } }),
      "GET /crm/v3/pipelines/{kind}": (_, { kind }) => ({ json: { results: [{ id: `${kind}-1`, stages: [] }] } }),
      "POST /crm/v3/objects/{kind}/search": (request, { kind = "" }) => search(request, data[kind] ?? []),
      "GET /crm/v3/objects/{kind}": (request, { kind = "" }) => archived(request, data[kind] ?? []),
    },
  });
}

function search({ body }: SeenRequest, objects: readonly HubspotObject[]): TestAnswer {
  const { limit = 10, after = "0", properties = [], sorts, filterGroups } = JSON.parse(body) as Search;
  const from = Number(after);
  if (limit > 100) return refusal(400, "limit must be at most 100");
  if (from + limit > MOST_RESULTS) return refusal(400, "The total results of a query must be at most 10000");
  const [filter] = filterGroups[0]?.filters ?? [];
  const [sort] = sorts;
  if (filter?.operator !== "GTE" || !/^\d+$/.test(filter.value) || sort?.direction !== "ASCENDING")
    return refusal(400, "the filter or the sorting is not valid");
  const timeOf = ({ properties: own }: HubspotObject) => Date.parse(own[filter.propertyName] ?? "");
  const found = objects.filter((one) => one.archivedAt === undefined && timeOf(one) >= Number(filter.value));
  found.sort((a, b) => timeOf(a) - timeOf(b) || Number(a.id) - Number(b.id));
  const results = found.slice(from, from + limit).map(({ id, properties: own }) => ({
    id,
    properties: Object.fromEntries(properties.map((name) => [name, own[name] ?? null])),
  }));
  const next = from + limit < found.length ? { paging: { next: { after: String(from + limit) } } } : {};
  return { json: { total: found.length, results, ...next } };
}

function archived({ query }: SeenRequest, objects: readonly HubspotObject[]): TestAnswer {
  if (query.get("archived") !== "true") return refusal(400, "only what is archived is listed here");
  const found = objects.filter(({ archivedAt }) => archivedAt !== undefined);
  const results = pageAfter(found, ({ id }) => id, query.get("after"), 2).map((one) => ({ ...one, archived: true }));
  const last = results.at(-1)?.id;
  return { json: { results, ...(last === found.at(-1)?.id ? {} : { paging: { next: { after: last } } }) } };
}

function refusal(status: number, message: string, category = "VALIDATION_ERROR"): TestAnswer {
  return {
    status,
    json: { status: "error", message, category, correlationId: "aeb5f871-7f07-4993-9211-075dc63e7cbf" },
  };
}
