import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { bearer, moment, type Route, startVendor, type Vendor } from "./vendor.ts";

export const INTERCOM_TOKEN = "dG9rOjAxMjM0NTY3X2ludGVyY29tX3Rva2Vu";

const DAY_S = 86_400;

export interface IntercomObject {
  id: string;
  updated_at: number;
}

export const hour = (n: number) => moment(n * 3600).getTime() / 1000;

/** One each three hours, so that several share a day. */
export function intercomData(count = 9): IntercomObject[] {
  return Array.from({ length: count }, (_, n) => ({ id: String(100 + n), updated_at: hour(3 * n) }));
}

interface Search {
  query: { field: string; operator: string; value: unknown };
  sort?: { field: string; order: string };
  pagination?: { per_page?: number; starting_after?: string };
}

/**
 * Intercom's API: searches by POST whose times are compared by the day, in pages of at most 150 that name the next one by a
 * text of its own; conversations one by one with their parts; companies in numbered pages.
 */
export function startIntercom(objects: IntercomObject[] = intercomData(), largest_page = 150): Promise<Vendor> {
  const search =
    (list: string): Route =>
    (request) =>
      found(request, objects, { list, largest_page });
  return startVendor({
    admit: bearer(INTERCOM_TOKEN, error(401, "Access Token Invalid", "unauthorized")),
    error,
    headers: () => ({
      "x-ratelimit-limit": "1667",
      "x-ratelimit-remaining": "1600",
      "x-ratelimit-reset": "1790000000",
    }),
    routes: {
      "GET /me": () => ({ json: { type: "admin", id: "1", email: "ada@example.com", app: { name: "Ada's" } } }),
      "POST /contacts/search": search("data"),
      "POST /conversations/search": search("conversations"),
      "POST /tickets/search": search("tickets"),
      "GET /conversations/{id}": (_, { id }) => {
        if (!objects.some((one) => one.id === id)) return error(404, "Resource Not Found", "not_found");
        const part = { type: "conversation_part", id: `${id}1`, part_type: "comment", body: "<p>Hello.</p>" };
        return {
          json: { type: "conversation", id, conversation_parts: { total_count: 1, conversation_parts: [part] } },
        };
      },
      "POST /companies/list": ({ query }) => {
        const [page, per_page] = [Number(query.get("page") ?? 1), Number(query.get("per_page") ?? 15)];
        if (per_page > 60) return error(400, "Per Page is too big");
        const data = objects.slice((page - 1) * per_page, page * per_page);
        return {
          json: { type: "list", data, pages: { page, per_page, total_pages: Math.ceil(objects.length / per_page) } },
        };
      },
      "GET /admins": () => ({ json: { type: "admin.list", admins: [{ id: "1", email: "ada@example.com" }] } }),
      "GET /teams": () => ({ json: { type: "team.list", teams: [{ id: "2", name: "Support" }] } }),
      "GET /tags": () => ({ json: { type: "list", data: [{ id: "3", name: "vip" }] } }),
      "GET /segments": () => ({ json: { type: "segment.list", segments: [{ id: "4", name: "Active" }] } }),
    },
  });
}

function found(
  { body }: SeenRequest,
  objects: readonly IntercomObject[],
  { list, largest_page }: { list: string; largest_page: number },
): TestAnswer {
  const { query, sort, pagination: { per_page = 20, starting_after = "" } = {} } = JSON.parse(body) as Search;
  const { field, operator, value } = query;
  if (field !== "updated_at" || operator !== ">" || typeof value !== "number") return error(400, "bad query");
  if (sort?.field !== "updated_at" || sort.order !== "ascending") return error(400, "bad sort");
  if (per_page > 150) return error(400, "per_page is too big");
  // The time is taken for the beginning of its day, and what is found begins with the day after.
  const from = (Math.floor(value / DAY_S) + 1) * DAY_S;
  const wanted = objects.filter(({ updated_at }) => updated_at >= from).sort((a, b) => a.updated_at - b.updated_at);
  const at = starting_after === "" ? 0 : wanted.findIndex(({ id }) => id === atob(starting_after)) + 1;
  const items = wanted.slice(at, at + Math.min(per_page, largest_page));
  const last = items.at(-1);
  const next = last === undefined || last === wanted.at(-1) ? {} : { next: { starting_after: btoa(last.id) } };
  return { json: { type: "list", [list]: items, total_count: wanted.length, pages: { type: "pages", ...next } } };
}

function error(status: number, message: string, code = "parameter_invalid"): TestAnswer {
  return { status, json: { type: "error.list", request_id: "b1", errors: [{ code, message }] } };
}
