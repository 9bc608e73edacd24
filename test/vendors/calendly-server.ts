import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { bearer, moment, pageAfter, startVendor, type Vendor } from "./vendor.ts";

export const CALENDLY_TOKEN = "eyJraWQiOiIxY2UxZTEzNjE3ZGNmIn0.calendly";
const ORGANIZATION = "https://api.calendly.com/organizations/AAAA";

export interface CalendlyEvent {
  uri: string;
  name: string;
  status: string;
  start_time: string;
  updated_at: string;
}

export const calendlyEvent = (n: number, changed = n): CalendlyEvent => ({
  uri: `https://api.calendly.com/scheduled_events/event-${n}`,
  name: `Talk ${n}`,
  status: "active",
  start_time: moment(n * 3600).toISOString(),
  updated_at: moment(changed).toISOString(),
});

/** The list of a service that names its own pages; the events' order is that of their beginning. */
export function startCalendly(
  events: CalendlyEvent[] = Array.from({ length: 8 }, (_, n) => calendlyEvent(n, 100 - n)),
  largest_page = 100,
): Promise<Vendor> {
  const list = (items: readonly { uri: string }[], { query }: SeenRequest): TestAnswer => {
    const count = Number(query.get("count") ?? 20);
    if (count > 100) return error(400, "count must be at most 100");
    const collection = pageAfter(items, ({ uri }) => uri, query.get("page_token"), Math.min(count, largest_page));
    const last = collection.at(-1);
    const next_page_token = last === undefined || last === items.at(-1) ? null : last.uri;
    return { json: { collection, pagination: { count: collection.length, next_page_token } } };
  };
  const owned = (items: () => readonly { uri: string }[]) => (request: SeenRequest) =>
    request.query.get("organization") === ORGANIZATION ? list(items(), request) : error(403, "Permission Denied");
  const time = moment(1).toISOString();
  return startVendor({
    admit: bearer(CALENDLY_TOKEN, error(401, "The access token is invalid")),
    error,
    routes: {
      "GET /users/me": () => ({
        json: { resource: { uri: "u", email: "ada@example.com", current_organization: ORGANIZATION } },
      }),
      "GET /scheduled_events": (request) =>
        owned(() => events.filter(({ start_time }) => start_time >= (request.query.get("min_start_time") ?? "")))(
          request,
        ),
      "GET /scheduled_events/{event}/invitees": (request, { event }) =>
        list([{ uri: `https://api.calendly.com/scheduled_events/${event}/invitees/1` }], request),
      "GET /event_types": owned(() => [{ uri: "https://api.calendly.com/event_types/1", updated_at: time }]),
      "GET /organization_memberships": owned(() => [
        { uri: "https://api.calendly.com/organization_memberships/1", updated_at: time },
      ]),
    },
  });
}

function error(status: number, message: string): TestAnswer {
  return { status, json: { title: status === 401 ? "Unauthenticated" : "Error", message } };
}
