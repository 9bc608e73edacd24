import { apiAddress, defineRestConnector, type RestApi, z } from "sluice/connector";

const options = z.strictObject({
  budget: z
    .int()
    .min(1)
    .default(2000)
    .describe("Blocks are asked for page by page: of so many pages in one run, the others follow."),
  api_url: apiAddress("https://api.notion.com/v1"),
});

const secrets = z.strictObject({
  token: z.string().min(1).describe("Internal integration secret (ntn_…), made at notion.so/profile/integrations."),
});

export default defineRestConnector({
  name: "notion",
  title: "Notion",
  description: "Pages of Notion with their properties and blocks, data sources and users.",
  options,
  secrets,
  guide: {
    credentials: `1. At <https://www.notion.so/profile/integrations> make an internal integration with the capability Read content (and Read
   user information, for \`users\`).
2. In each page or database that is to be read choose Connections and add the integration; what is below comes along.
3. Set its secret: \`sluice secrets set <connection> token\`.`,
    limits: "3 requests in a second on average; not more are sent, and a 429 is waited out.",
    deletes:
      "Notion's search does not list what is in the trash, so that deleted pages stay. Blocks that were removed from a page stay too.",
    notes:
      "Pages come by the search, those edited last first, and it is read until those that are known. Times of editing are whole minutes: what was edited in the last two minutes is left for the next run. `blocks` are the blocks of a page, without those within blocks.",
    example: { budget: 1000 },
  },
  auth: ({ secrets: { token } }) => ({ type: "bearer", token, secret: "token" }),
  identity: { path: "/users/me", says: "logged in as {name}" },
  api: ({ api_url, budget }) => ({
    base_url: api_url,
    headers: { "notion-version": "2025-09-03" },
    rate_limit: { requests: 3, per_s: 1 },
    defaults: {
      records: "results",
      primary_key: ["id"],
      paginate: { type: "cursor", param: "start_cursor", path: "next_cursor", more: "has_more" },
    },
    streams: {
      pages: edited("page", "Pages with their properties, those that are rows of a data source among them."),
      data_sources: edited("data_source", "Data sources (tables of databases) with their columns."),
      blocks: {
        description: "Blocks of the pages that were edited.",
        path: "/blocks/{page}/children",
        params: { page_size: 100 },
        parent: { stream: "pages", keys: { page: "id" }, include: { page_id: "id" }, changed: true, budget },
      },
      users: { description: "People and bots of the workspace.", path: "/users", params: { page_size: 100 } },
    },
  }),
});

function edited(object: "page" | "data_source", description: string): RestApi["streams"][string] {
  return {
    description,
    path: "/search",
    method: "POST",
    body: {
      filter: { property: "object", value: object },
      sort: { timestamp: "last_edited_time", direction: "descending" },
      page_size: 100,
    },
    paginate: { type: "cursor", param: "start_cursor", path: "next_cursor", more: "has_more", in: "body" },
    cursor: { field: "last_edited_time", ordered: "desc", lag_s: 120 },
  };
}
