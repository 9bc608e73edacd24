import { apiAddress, defineRestConnector, type JsonObject, z } from "sluice/connector";

const options = z.strictObject({
  start: z.iso.datetime().default("2018-01-01T00:00:00Z").describe("Events that begin before are not read."),
  budget: z
    .int()
    .min(1)
    .default(2000)
    .describe("Invitees are asked for event by event: of so many in one run, the others follow."),
  api_url: apiAddress("https://api.calendly.com"),
});

const secrets = z.strictObject({
  token: z.string().min(1).describe("Personal access token, made under Integrations, API and webhooks."),
});

export default defineRestConnector({
  name: "calendly",
  title: "Calendly",
  description: "Scheduled events of Calendly with their invitees, event types and members of the organisation.",
  options,
  secrets,
  guide: {
    credentials: `1. Log in to Calendly as an owner or admin of the organisation: others see only their own events.
2. Under Integrations and apps, API and webhooks, make a personal access token.
3. Set it: \`sluice secrets set <connection> token\`.`,
    limits: "What Calendly's headers say is heeded; at most 5 requests in a second are sent, and a 429 is waited out.",
    deletes:
      "A cancelled event or invitee stays, with `status` canceled. What an organisation deletes for good is not told.",
    notes:
      "Calendly has no filter for changed events: the events since `start` are listed in each run, and those that have not changed are dropped. Only of changed ones the invitees are asked for. `id` is the last part of `uri`.",
    example: { start: "2025-01-01T00:00:00Z" },
  },
  auth: ({ secrets: { token } }) => ({ type: "bearer", token, secret: "token" }),
  identity: { path: "/users/me", says: "logged in as {resource.email}" },
  lookup: async (client) => {
    const me = await client.json<{ resource: { current_organization: string } }>("/users/me", {
      doing: "finding out the organisation",
    });
    return { organization: me.resource.current_organization };
  },
  api: ({ api_url, start, budget }) => ({
    base_url: api_url,
    rate_limit: { requests: 5, per_s: 1 },
    variables: { organization: "" },
    defaults: {
      params: { count: 100 },
      records: "collection",
      primary_key: ["uri"],
      paginate: { type: "cursor", param: "page_token", path: "pagination.next_page_token" },
    },
    streams: {
      scheduled_events: {
        description: "Events that were scheduled, cancelled ones too.",
        path: "/scheduled_events",
        params: { organization: "{organization}", min_start_time: start, sort: "start_time:asc" },
        cursor: { field: "updated_at" },
      },
      invitees: {
        description: "Invitees of the events that have changed.",
        path: "/scheduled_events/{event}/invitees",
        parent: {
          stream: "scheduled_events",
          keys: { event: "id" },
          include: { event_uri: "uri" },
          changed: true,
          budget,
        },
      },
      event_types: {
        description: "Kinds of events that can be booked.",
        path: "/event_types",
        params: { organization: "{organization}" },
        cursor: { field: "updated_at" },
      },
      organization_memberships: {
        description: "Members of the organisation.",
        path: "/organization_memberships",
        params: { organization: "{organization}" },
        cursor: { field: "updated_at" },
      },
    },
  }),
  transforms: Object.fromEntries(
    ["scheduled_events", "invitees", "event_types", "organization_memberships"].map((stream) => [stream, withId]),
  ),
});

/** Calendly names things by their address; in paths only its last part is wanted. */
function withId(record: JsonObject): JsonObject {
  return { id: String(record["uri"]).split("/").at(-1) ?? "", ...record };
}
