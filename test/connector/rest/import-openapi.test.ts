import { readFileSync } from "node:fs";
import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import restApi from "../../../connectors/rest_api.ts";
import { importOpenApi } from "../../../src/connector/rest/import-openapi.ts";
import { restOptions } from "../../../src/connector/rest/rest-options.ts";
import { STRIPE_KEY, startStripe, stripeData } from "../../vendors/stripe-server.ts";

/** What a vendor has published, as far as it is kept here, as an OpenAPI document again. */
function published(vendor: string, more: object) {
  const file = new URL(`../../vendors/descriptions/${vendor}.json`, import.meta.url);
  const { operations } = JSON.parse(readFileSync(file, "utf8")) as {
    operations: Record<string, { parameters: object[]; answer?: object }>;
  };
  const paths = Object.entries(operations).map(([name, { parameters, answer }]) => {
    const [method = "", path = ""] = name.split(" ");
    const responses = { "200": { content: { "application/json": { schema: answer } } } };
    return [path, { [method.toLowerCase()]: { parameters, responses } }];
  });
  return { openapi: "3.0.0", paths: Object.fromEntries(paths), ...more };
}

const bearer = { components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } } };

// biome-ignore lint/suspicious/noExplicitAny: drafted options of any shape.
const streamsOf = ({ options }: ReturnType<typeof importOpenApi>): any => options["streams"];

test("the streams that are drafted from Stripe's description read Stripe", async () => {
  await using vendor = await startStripe(stripeData(5), 2);
  const imported = importOpenApi(published("stripe", { ...bearer, servers: [{ url: `${vendor.url}/` }] }));
  expect(imported.options["auth"]).toEqual({ type: "bearer" });
  expect(streamsOf(imported).charges).toMatchObject({
    path: "/v1/charges",
    records: "data",
    primary_key: ["id"],
    paginate: { type: "cursor", param: "starting_after", last_record: "id", more: "has_more" },
  });
  const trial = { options: imported.options as never, secrets: { token: STRIPE_KEY }, stream: "charges" };
  const { rows } = await tryStream(restApi, trial);
  expect(rows.map(({ id }) => id).sort()).toEqual([0, 1, 2, 3, 4].map((n) => `charge_${n}`));
  expect(vendor.violations).toEqual([]);
});

test("GitHub's description gives pages and cursors; what needs an owner and a repository is left out and said", () => {
  const { options, notes } = importOpenApi(published("github", { servers: [{ url: "https://api.github.com" }] }));
  expect(Object.keys(options["streams"] as object)).toEqual(["user_repos"]);
  expect(notes).toContain("left out /repos/{owner}/{repo}/issues: nothing says where owner and repo come from");
  expect(notes).toContain("auth: the description does not say how requests are authorised");
});

test("Xero's description gives a stream for each kind of thing, by its own key", () => {
  const imported = importOpenApi(published("xero", { servers: [{ url: "https://api.xero.com/api.xro/2.0" }] }));
  expect(streamsOf(imported)).toMatchObject({
    invoices: { records: "Invoices", primary_key: ["InvoiceID"], paginate: { type: "page" } },
    journals: { records: "Journals", primary_key: ["JournalID"] },
  });
});

test("children find the list that their place comes from, references are followed, changes asked for", () => {
  const list = (name: string) => ({
    "200": {
      content: { "application/json": { schema: { type: "array", items: { $ref: `#/components/schemas/${name}` } } } },
    },
  });
  const imported = importOpenApi({
    openapi: "3.1.0",
    servers: [{ url: "https://api.example.com/v1/" }],
    components: {
      securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key" } },
      schemas: {
        board: { type: "object", properties: { id: { type: "string" }, updated_at: { type: "string" } } },
        card: { allOf: [{ $ref: "#/components/schemas/board" }, { properties: { title: { type: "string" } } }] },
      },
    },
    paths: {
      "/boards/{board_id}/cards": { get: { responses: list("card") } },
      "/boards": {
        get: { summary: "Boards. ", parameters: [{ in: "query", name: "since" }], responses: list("board") },
      },
      "/orphans/{a}/{b}": { get: { responses: list("card") } },
    },
  });
  expect(imported.options).toEqual({
    base_url: "https://api.example.com/v1",
    auth: { type: "header", name: "X-Key" },
    streams: {
      boards: {
        description: "Boards.",
        path: "/boards",
        records: "",
        primary_key: ["id"],
        cursor: { field: "updated_at", param: "since" },
      },
      boards_cards: {
        path: "/boards/{board_id}/cards",
        records: "",
        primary_key: ["id"],
        parent: { stream: "boards", keys: { board_id: "id" }, include: { board_id: "id" } },
      },
    },
  });
  expect(restOptions().safeParse(imported.options).success).toBe(true);
  expect(imported.notes).toEqual(["left out /orphans/{a}/{b}: nothing says where a and b come from"]);
});

test("a place that is called like the key names its parent, so that it does not take the place of the child's own key", () => {
  const list = (name: string) => ({
    "200": {
      content: {
        "application/json": {
          schema: {
            type: "array",
            items: { type: "object", properties: { id: { type: "integer" }, [name]: { type: "string" } } },
          },
        },
      },
    },
  });
  const { options } = importOpenApi({
    openapi: "3.0.3",
    info: { title: "Shop", version: "1" },
    servers: [{ url: "https://api.example.com" }],
    paths: {
      "/orders": { get: { responses: list("customer") } },
      "/orders/{id}/items": { get: { responses: list("sku") } },
    },
  });
  expect(options["streams"]).toMatchObject({
    orders_items: { primary_key: ["id"], parent: { keys: { id: "id" }, include: { orders_id: "id" } } },
  });
});
