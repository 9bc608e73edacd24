import { expect, test } from "vitest";
import { startHttpServer } from "../../harness/http-server.ts";
import { apiReader } from "./api-reader.ts";

test("an API that asks by > is asked a little before the cursor, and what is known does not come again", async () => {
  const records = [0, 1, 1, 2].map((second, id) => ({ id, at: `2026-01-01T00:00:0${second}Z` }));
  await using server = await startHttpServer(({ query }) => {
    const since = query.get("since");
    return { json: records.filter(({ at }) => since === null || at > since) };
  });
  const cursor = { field: "at", param: "since", format: "iso_s", ordered: "asc", margin_s: 1 };
  const api = apiReader({ base_url: server.url, streams: { things: { path: "/", primary_key: ["id"], cursor } } });
  const first = await api.readAll("things");
  expect(first.rows).toHaveLength(4);
  records.push({ id: 9, at: "2026-01-01T00:00:02Z" });
  const second = await api.readAll("things", first.cursor);
  expect(second.rows.map(({ id }) => id)).toEqual([9]);
  expect(server.requests.at(-1)?.query.get("since")).toBe("2026-01-01T00:00:01Z");
  expect((await api.readAll("things", second.cursor)).rows).toEqual([]);
});
