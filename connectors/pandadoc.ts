import { apiAddress, defineRestConnector, z } from "sluice/connector";

const options = z.strictObject({
  start: z.iso.datetime().default("2014-01-01T00:00:00Z").describe("Documents that changed before are not read."),
  budget: z
    .int()
    .min(1)
    .default(2000)
    .describe("Details are asked for document by document: of so many in one run, the others follow."),
  requests_per_minute: z
    .int()
    .min(1)
    .default(100)
    .describe("What the workspace allows; a sandbox key has 10 in a minute."),
  api_url: apiAddress("https://api.pandadoc.com/public/v1"),
});

const secrets = z.strictObject({
  api_key: z.string().min(1).describe("API key of the workspace; made in the Developer Dashboard, Configuration."),
});

export default defineRestConnector({
  name: "pandadoc",
  title: "PandaDoc",
  description: "Documents of PandaDoc with their details, deleted documents, templates, contacts, members and folders.",
  options,
  secrets,
  guide: {
    credentials: `1. As an admin of the workspace open Settings, API and integrations, and go on to the Developer Dashboard.
2. Under Configuration make a production key (a sandbox key is enough to try it).
3. Set it: \`sluice secrets set <connection> api_key\`. The key acts as the member who made it.`,
    limits:
      "Production workspaces allow hundreds of requests in a minute, a sandbox key 10: set `requests_per_minute`. A 429 is waited out.",
    deletes: "Documents in the bin are rows of `deleted_documents`. They stay in `documents` as they were.",
    notes:
      "Lists of documents lack prices, fields, recipients and tokens: these are in `document_details`, which are asked for only where a document has changed.",
    example: { start: "2025-01-01T00:00:00Z", budget: 1000 },
  },
  auth: ({ secrets: { api_key } }) => ({
    type: "header",
    name: "authorization",
    value: `API-Key ${api_key}`,
    parts: [api_key],
    secret: "api_key",
  }),
  identity: { path: "/members/current", says: "logged in as {email} (workspace {workspace})" },
  api: ({ api_url, start, budget, requests_per_minute }) => {
    const changed = {
      field: "date_modified",
      param: "modified_from",
      format: "iso",
      start,
      ordered: "asc" as const,
      requery: true,
    };
    return {
      base_url: api_url,
      rate_limit: { requests: requests_per_minute, per_s: 60 },
      retries: 6,
      defaults: {
        records: "results",
        primary_key: ["id"],
        paginate: { type: "page", size_param: "count", size: 100 },
      },
      streams: {
        documents: {
          description: "Documents by their last change.",
          path: "/documents",
          params: { order_by: "date_modified" },
          cursor: changed,
        },
        document_details: {
          description: "Prices, fields, recipients and tokens of the documents that have changed.",
          path: "/documents/{document}/details",
          records: "",
          paginate: { type: "none" },
          parent: { stream: "documents", keys: { document: "id" }, changed: true, budget },
        },
        deleted_documents: {
          description: "Documents in the bin.",
          path: "/documents",
          params: { order_by: "date_modified", deleted: true },
          cursor: changed,
        },
        templates: { description: "Templates.", path: "/templates" },
        contacts: { description: "Contacts.", path: "/contacts", paginate: { type: "none" } },
        members: {
          description: "Members of the workspace.",
          path: "/members",
          paginate: { type: "none" },
          primary_key: ["membership_id"],
        },
        document_folders: { description: "Folders of documents.", path: "/documents/folders", primary_key: ["uuid"] },
      },
    };
  },
});
