import { apiAddress, defineRestConnector, type RestApi, z } from "sluice/connector";

/** What is asked for of each kind of object; `properties` adds to it. */
const PROPERTIES: Readonly<Record<string, readonly string[]>> = {
  contacts: ["email", "firstname", "lastname", "phone", "company", "lifecyclestage", "hubspot_owner_id", "createdate"],
  companies: ["name", "domain", "industry", "city", "country", "lifecyclestage", "hubspot_owner_id", "createdate"],
  deals: ["dealname", "amount", "dealstage", "pipeline", "closedate", "hubspot_owner_id", "createdate"],
  tickets: ["subject", "content", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_priority", "hubspot_owner_id"],
};

const options = z.strictObject({
  objects: z
    .array(z.string().regex(/^[a-z0-9_-]+$/, "must be the name of a kind of objects, or the id of a custom one"))
    .min(1)
    .default(["contacts", "companies", "deals", "tickets"])
    .describe(
      "Kinds of CRM objects to read: also calls, emails, meetings, notes, tasks, products, or a custom one's id.",
    ),
  properties: z
    .record(z.string(), z.array(z.string().min(1)))
    .default({})
    .describe('Further properties to read, by kind of object: {"deals": ["hs_mrr"]}.'),
  start: z.iso.datetime().default("2006-01-01T00:00:00Z").describe("Objects that changed before are not read."),
  api_url: apiAddress("https://api.hubapi.com"),
});

const secrets = z.strictObject({
  token: z.string().min(1).describe("Access token of a private app, made under Settings, Integrations, Private Apps."),
});

export default defineRestConnector({
  name: "hubspot",
  title: "HubSpot",
  description: "CRM objects of HubSpot with what is archived, owners and pipelines.",
  options,
  secrets,
  guide: {
    credentials: `1. In HubSpot open Settings, Integrations, Private Apps and make an app.
2. Under Scopes give it reading only: \`crm.objects.<kind>.read\` for each kind of objects that you want, and
   \`crm.objects.owners.read\`.
3. Copy its access token and set it: \`sluice secrets set <connection> token\`.`,
    limits:
      "A search takes 5 requests in a second and gives 10,000 results at most: 4 in a second are sent, and a new search begins behind the last result. The daily limit is the account's; what HubSpot's headers say is heeded.",
    deletes:
      "What was moved to the recycling bin is a row of `archived_<kind>` with `archivedAt`, as long as HubSpot keeps it (90 days).",
    notes:
      "Searches are behind by some seconds, so that objects which changed in the last two minutes are left for the next run. Associations between objects are not read.",
    example: { objects: ["contacts", "deals"] },
  },
  auth: ({ secrets: { token } }) => ({ type: "bearer", token, secret: "token" }),
  identity: { path: "/account-info/v3/details", says: "logged in to the account {portalId} ({accountType})" },
  api: ({ api_url, objects, properties, start }) => ({
    base_url: api_url,
    rate_limit: { requests: 4, per_s: 1 },
    defaults: {
      records: "results",
      primary_key: ["id"],
      paginate: { type: "cursor", param: "after", path: "paging.next.after" },
    },
    streams: {
      ...Object.fromEntries(objects.map((kind) => [nameOf(kind), changed(kind, properties[kind] ?? [], start)])),
      ...Object.fromEntries(objects.map((kind) => [`archived_${nameOf(kind)}`, archived(kind)])),
      owners: { description: "Users who own objects.", path: "/crm/v3/owners", params: { limit: 100 } },
      deal_pipelines: { description: "Pipelines of deals with their stages.", path: "/crm/v3/pipelines/deals" },
      ticket_pipelines: { description: "Pipelines of tickets with their stages.", path: "/crm/v3/pipelines/tickets" },
    },
  }),
});

type Stream = RestApi["streams"][string];

/** Custom kinds are ids such as 2-3456789. */
function nameOf(kind: string): string {
  const name = kind.replaceAll("-", "_");
  return /^[a-z]/.test(name) ? name : `object_${name}`;
}

/** By the search, in the order of change: what changes meanwhile moves to its end, so each page asks anew. */
function changed(kind: string, further: readonly string[], start: string): Stream {
  const modified = kind === "contacts" ? "lastmodifieddate" : "hs_lastmodifieddate";
  return {
    description: `${kind} by the time of their last change, with their properties.`,
    path: `/crm/v3/objects/${kind}/search`,
    method: "POST",
    body: {
      limit: 100,
      properties: [...new Set([...(PROPERTIES[kind] ?? []), ...further, modified])],
      sorts: [{ propertyName: modified, direction: "ASCENDING" }],
      filterGroups: [{ filters: [{ propertyName: modified, operator: "GTE", value: "{cursor}" }] }],
    },
    paginate: { type: "cursor", param: "after", path: "paging.next.after", in: "body", max_records: 10_000 },
    cursor: {
      field: `properties.${modified}`,
      format: "epoch_ms",
      start,
      lag_s: 120,
      ordered: "asc",
      requery: true,
    },
  };
}

function archived(kind: string): Stream {
  return {
    description: `${kind} in the recycling bin.`,
    path: `/crm/v3/objects/${kind}`,
    params: { archived: true, limit: 100 },
    cursor: { field: "archivedAt" },
    fields: { select: ["id", "archived", "archivedAt", "createdAt", "updatedAt"] },
  };
}
