import type { ConformanceFixture } from "../../src/connector/conformance/reading-checks.ts";
import { startHttpServer } from "../harness/http-server.ts";

const ROWS = 600;
const PAGE = 50;

/** Three streams: in order with ties, the newest first by a cursor of the API, and children of the first. */
export async function prepare(): Promise<ConformanceFixture> {
  const records = Array.from({ length: ROWS }, (_, id) => ({
    id,
    at: `2026-01-01T00:00:${String(Math.floor(id / 12)).padStart(2, "0")}Z`,
    tags: ["é", null],
    nested: { deep: { n: id / 8 } },
  }));
  const server = await startHttpServer(({ path, query }) => {
    const since = query.get("since") ?? "";
    if (path === "/groups") return { json: { data: query.get("page") === "1" ? [{ id: "a" }, { id: "b" }] : [] } };
    const found = records.filter(({ at }) => at >= since);
    if (path === "/newest") {
      found.reverse();
      const from = found.findIndex(({ id }) => String(id) === query.get("after")) + 1;
      return { json: { data: found.slice(from, from + PAGE), more: from + PAGE < found.length } };
    }
    const from = (Number(query.get("page")) - 1) * PAGE;
    return { json: { data: found.slice(from, from + PAGE) } };
  });
  const cursor = { field: "at", param: "since", ordered: "asc" };
  const options = {
    base_url: server.url,
    defaults: { paginate: { type: "page" }, records: "data" },
    streams: {
      things: { path: "/things", primary_key: ["id"], cursor, mode: "append" },
      newest: {
        path: "/newest",
        primary_key: ["id"],
        paginate: { type: "cursor", param: "after", last_record: "id", more: "more" },
        cursor: { ...cursor, ordered: "desc" },
      },
      members: {
        path: "/groups/{group}/members",
        parent: { stream: "groups", keys: { group: "id" }, include: { group_id: "id" } },
        primary_key: ["group_id", "id"],
        cursor,
      },
      groups: { path: "/groups", primary_key: ["id"], cursor: { field: "id" } },
    },
  };
  return { options, workspace: "/nonexistent", close: async () => server[Symbol.asyncDispose]() };
}
