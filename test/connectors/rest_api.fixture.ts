import type { ConformanceFixture } from "../../src/connector/conformance/open-fixture.ts";
import type { SeenRequest, TestAnswer } from "../harness/http-server.ts";
import { bearer, pageAfter, startVendor } from "../vendors/vendor.ts";

const ROWS = 240;
const PAGE = 40;
const TOKEN = "a-token-of-the-api";

const RECORDS = Array.from({ length: ROWS }, (_, id) => ({
  id,
  at: `2026-01-01T00:00:${String(Math.floor(id / 12)).padStart(2, "0")}Z`,
  tags: ["é", null],
  nested: { deep: { n: id / 8 } },
}));

const error = (status: number, message: string): TestAnswer => ({ status, json: { message } });

function since({ query }: SeenRequest) {
  return RECORDS.filter(({ at }) => at >= (query.get("since") ?? ""));
}

function numbered(request: SeenRequest): TestAnswer {
  const from = (Number(request.query.get("page")) - 1) * PAGE;
  return { json: { data: since(request).slice(from, from + PAGE) } };
}

function newest(request: SeenRequest): TestAnswer {
  const found = since(request).reverse();
  const data = pageAfter(found, ({ id }) => String(id), request.query.get("after"), PAGE);
  return { json: { data, more: data.at(-1) !== found.at(-1) } };
}

/**
 * In order with ties, the newest first by a cursor of the API, children of all groups, children of those that have changed.
 */
export async function prepare(): Promise<ConformanceFixture> {
  const groups = ["a", "b"].map((id, index) => ({ id, changed: `2026-01-0${2 - index}` }));
  const vendor = await startVendor({
    admit: bearer(TOKEN, error(401, "who are you?")),
    error,
    routes: {
      "GET /things": numbered,
      "GET /newest": newest,
      "GET /groups": ({ query }) => ({ json: { data: query.get("page") === "1" ? groups : [] } }),
      "GET /groups/{group}/members": numbered,
    },
  });
  const cursor = { field: "at", param: "since", ordered: "asc" };
  const child = { primary_key: ["group_id", "id"], path: "/groups/{group}/members" };
  const parent = { stream: "groups", keys: { group: "id" }, include: { group_id: "id" } };
  const options = {
    base_url: vendor.url,
    auth: { type: "bearer" },
    defaults: { paginate: { type: "page" }, records: "data" },
    streams: {
      things: { path: "/things", primary_key: ["id"], cursor, mode: "append" },
      newest: {
        path: "/newest",
        primary_key: ["id"],
        paginate: { type: "cursor", param: "after", last_record: "id", more: "more" },
        cursor: { ...cursor, ordered: "desc" },
      },
      members: { ...child, parent, cursor },
      details: { ...child, parent: { ...parent, changed: true, budget: 5 } },
      groups: { path: "/groups", primary_key: ["id"], cursor: { field: "changed" } },
    },
  };
  return vendor.fixture({ options, secrets: { token: TOKEN } });
}
