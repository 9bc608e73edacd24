import { apiAddress, defineRestConnector, type RestApi, z } from "sluice/connector";

const DAY_S = 86_400;

const options = z.strictObject({
  start: z.iso.datetime().default("2011-01-01T00:00:00Z").describe("What changed before is not read."),
  budget: z
    .int()
    .min(1)
    .default(5000)
    .describe("Parts are asked for conversation by conversation: of so many in one run, the others follow."),
  api_url: apiAddress("https://api.intercom.io").describe(
    "Address of the API: https://api.eu.intercom.io or https://api.au.intercom.io where the workspace is hosted there.",
  ),
});

const secrets = z.strictObject({
  token: z.string().min(1).describe("Access token of an app of your own workspace."),
});

export default defineRestConnector({
  name: "intercom",
  title: "Intercom",
  description:
    "Contacts, companies, conversations with their parts, tickets, admins, teams, tags and segments of Intercom.",
  options,
  secrets,
  guide: {
    credentials: `1. In Intercom's Developer Hub make an app for your own workspace; under Authentication it has an access token.
2. Give it reading only: Read conversations, Read and list users and companies, Read admins, Read tags, Read tickets.
3. Set it: \`sluice secrets set <connection> token\`.`,
    limits:
      "10,000 requests in a minute for an app, spread over stretches of ten seconds. What Intercom's headers say is heeded.",
    deletes: "Intercom's lists do not tell what was deleted. Archived contacts are not listed.",
    notes:
      "Searches compare times by the day, so the day of the cursor is asked for again and what is known is dropped. `conversation_parts` are asked for only where a conversation has changed, and Intercom gives at most the last 500 of one.",
    example: { start: "2025-01-01T00:00:00Z", budget: 2000 },
  },
  auth: ({ secrets: { token } }) => ({ type: "bearer", token, secret: "token" }),
  identity: { path: "/me", says: "logged in as {email} ({app.name})" },
  api: ({ api_url, start, budget }) => ({
    base_url: api_url,
    headers: { "intercom-version": "2.11", accept: "application/json" },
    rate_limit: { requests: 80, per_s: 1 },
    defaults: { primary_key: ["id"], paginate: { type: "none" } },
    streams: {
      contacts: changed("/contacts/search", "data", "Users and leads by their last change.", start),
      conversations: changed("/conversations/search", "conversations", "Conversations by their last change.", start),
      conversation_parts: {
        description: "What was said and done in the conversations that have changed.",
        path: "/conversations/{conversation}",
        records: "",
        expand: { path: "conversation_parts.conversation_parts", include: { conversation_id: "id" } },
        parent: { stream: "conversations", keys: { conversation: "id" }, changed: true, budget },
      },
      tickets: changed("/tickets/search", "tickets", "Tickets by their last change.", start),
      companies: {
        description: "Companies, all of them each time: Intercom has no filter for changed ones.",
        path: "/companies/list",
        method: "POST",
        records: "data",
        paginate: { type: "page", size_param: "per_page", size: 60, total_pages: "pages.total_pages" },
        cursor: { field: "updated_at" },
      },
      admins: { description: "Admins of the workspace.", path: "/admins", records: "admins" },
      teams: { description: "Teams.", path: "/teams", records: "teams" },
      tags: { description: "Tags.", path: "/tags", records: "data" },
      segments: { description: "Segments of contacts.", path: "/segments", records: "segments" },
    },
  }),
});

function changed(path: string, records: string, description: string, start: string): RestApi["streams"][string] {
  return {
    description,
    path,
    method: "POST",
    body: {
      query: { field: "updated_at", operator: ">", value: "{#cursor}" },
      sort: { field: "updated_at", order: "ascending" },
      pagination: { per_page: 150 },
    },
    records,
    paginate: {
      type: "cursor",
      param: "pagination.starting_after",
      path: "pages.next.starting_after",
      in: "body",
    },
    cursor: { field: "updated_at", format: "epoch_s", start, ordered: "asc", margin_s: DAY_S },
  };
}
