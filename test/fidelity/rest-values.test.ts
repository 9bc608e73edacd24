import { expect, test } from "vitest";
import { restWorkspace } from "../connector/rest/rest-workspace.ts";
import { startHttpServer } from "../harness/http-server.ts";
import { freshDatabase } from "../harness/postgres.ts";

/** No double holds any of them. */
const LONG = {
  id: "9007199254740993",
  beyond: "92233720368547758079",
  price: "0.12345678901234567890123",
  tiny: "1.0000000000000000001e-30",
  doc: '{"n": 9007199254740995, "list": [0.30000000000000000001]}',
};

test.each(["append", "replace", "merge"] as const)(
  "numbers of an API keep every digit on their way into a table, in %s",
  async (mode) => {
    await using db = await freshDatabase();
    const record = (id: string) =>
      `{"id": ${id}, ${Object.entries(LONG)
        .slice(1)
        .map(([key, value]) => `"${key}": ${value}`)
        .join(", ")}}`;
    const body = `{"data": [${record(LONG.id)}, ${record("9007199254740992")}]}`;
    await using server = await startHttpServer(() => ({ headers: { "content-type": "application/json" }, body }));
    const options = { base_url: server.url, streams: { things: { path: "/things", primary_key: ["id"], mode } } };
    await using ws = await restWorkspace(db, { options });
    const { result } = await ws.run("api");
    expect(result.error).toBeNull();
    expect(result.stats["things"]).toMatchObject({ rows_read: 2, inserted: 2, rejected: 0 });
    const { rows } = await db.client.query(
      `select id::text, beyond::text, price::text, tiny = ${LONG.tiny} as tiny, doc::text, pg_typeof(id)::text as whole,
         pg_typeof(price)::text as decimal from api.things order by id desc`,
    );
    const { doc: _, ...numbers } = LONG;
    const numeric = { whole: "bigint", decimal: "numeric" };
    const [first, second] = rows;
    expect(first).toEqual({ ...numbers, tiny: true, doc: expect.any(String), ...numeric });
    expect(second).toMatchObject({ id: "9007199254740992" });
    for (const digits of ["9007199254740995", "0.30000000000000000001"]) expect(first.doc).toContain(digits);
    if (mode !== "merge") return;
    const again = await ws.run("api");
    expect(again.result.stats["things"]).toMatchObject({ inserted: 0, updated: 0, unchanged: 2 });
  },
);
