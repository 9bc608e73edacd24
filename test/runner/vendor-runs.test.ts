import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { S3_SECRETS, s3Bucket, startS3 } from "../vendors/s3-server.ts";
import { STRIPE_KEY, startStripe } from "../vendors/stripe-server.ts";
import { startTrello, TRELLO_SECRETS, trelloData } from "../vendors/trello-server.ts";
import { type TestConnection, testWorkspace } from "./test-workspace.ts";

const CONNECTORS = fileURLToPath(new URL("../../connectors", import.meta.url));

async function workspaceFor(
  database: FreshDatabase,
  connection: TestConnection,
  secrets: Readonly<Record<string, string>>,
) {
  const lines = Object.entries(secrets).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return await testWorkspace({
    address: database.address,
    connectors: CONNECTORS,
    connections: [connection],
    secrets: `[sources.${connection.name}]\n${lines.join("\n")}\n`,
  });
}

async function count({ client }: FreshDatabase, table: string): Promise<number> {
  const { rows } = await client.query(`select count(*)::int as rows from ${table}`);
  return rows[0].rows as number;
}

test("Trello's boards are in the tables, and a second run finds nothing new", async () => {
  await using database = await freshDatabase();
  const data = trelloData(60);
  await using vendor = await startTrello(data);
  const options = { api_url: `${vendor.url}/1` };
  await using ws = await workspaceFor(database, { name: "board", type: "trello", options }, { ...TRELLO_SECRETS });
  const first = await ws.run("board");
  expect(first.result).toMatchObject({ status: "success", exit_code: 0, error: null });
  expect(await count(database, "board.cards")).toBe(60);
  expect(await count(database, "board.actions")).toBe(60);
  expect(await count(database, "board.deleted_cards")).toBe(12);
  const { rows } = await database.client.query("select name from board.cards order by id limit 2");
  expect(rows).toEqual([{ name: "Card 0" }, { name: "Card 1" }]);

  const second = await ws.run("board");
  expect(second.result.status).toBe("success");
  const moved = Object.entries(second.result.stats).filter(([, { inserted, updated }]) => inserted + updated > 0);
  expect(moved.filter(([stream]) => !["lists", "labels", "members"].includes(stream))).toEqual([]);
  expect(await count(database, "board.cards")).toBe(60);
  expect(JSON.stringify([first, second])).not.toContain(TRELLO_SECRETS.token);
  expect(vendor.violations).toEqual([]);
});

test("Trello's token that was revoked ends the run at once, with what to do", async () => {
  await using database = await freshDatabase();
  await using vendor = await startTrello();
  const options = { api_url: `${vendor.url}/1` };
  await using ws = await workspaceFor(
    database,
    { name: "board", type: "trello", options },
    { ...TRELLO_SECRETS, token: "revoked" },
  );
  const { result, events } = await ws.run("board", { retries: 3 });
  expect(result).toMatchObject({ status: "failed", exit_code: 3, error: { code: "credentials_rejected" } });
  expect(result.error?.message).toContain("sluice secrets set board token");
  expect(events.filter(({ kind }) => kind === "attempt.start")).toHaveLength(1);
});

test("Stripe's objects are in the tables, and a second run finds nothing new", async () => {
  await using database = await freshDatabase();
  await using vendor = await startStripe();
  const options = { api_url: `${vendor.url}/v1`, lookback_days: 0 };
  await using ws = await workspaceFor(database, { name: "payments", type: "stripe", options }, { api_key: STRIPE_KEY });
  const { result } = await ws.run("payments");
  expect(result).toMatchObject({ status: "success", exit_code: 0, error: null });
  const loaded = Object.entries(result.stats).filter(([, { inserted }]) => inserted > 0);
  expect(loaded.length).toBeGreaterThan(2);
  for (const [stream, { inserted }] of loaded)
    expect(await count(database, `payments.${stream}`), stream).toBe(inserted);

  const second = await ws.run("payments");
  expect(second.result.status).toBe("success");
  for (const [stream, { inserted, updated }] of Object.entries(second.result.stats)) {
    expect([stream, inserted, updated]).toEqual([stream, 0, 0]);
  }
});

test("a bucket's objects are loaded once; a new one and the rest of one that grew come with the next run", async () => {
  await using database = await freshDatabase();
  const bucket = s3Bucket({ "in/orders-1.csv": "id,total\n1,12.50\n2,7\n", "in/orders-2.csv": "id,total\n3,1\n" });
  await using vendor = await startS3(bucket);
  const options = { bucket: "data", endpoint: vendor.url, path: "in/orders-*.csv" };
  await using ws = await workspaceFor(database, { name: "shop", type: "s3", options }, { ...S3_SECRETS });
  expect((await ws.run("shop")).result).toMatchObject({ status: "success", stats: { orders: { inserted: 3 } } });
  expect((await ws.run("shop")).result).toMatchObject({ status: "success", stats: { orders: { inserted: 0 } } });
  bucket.objects.set("in/orders-2.csv", { body: Buffer.from("id,total\n3,1\n4,2\n") });
  bucket.objects.set("in/orders-3.csv", { body: Buffer.from("id,total\n5,3\n") });
  const { result } = await ws.run("shop");
  expect(result).toMatchObject({ status: "success", stats: { orders: { inserted: 2 } } });
  const { rows } = await database.client.query("select string_agg(id::text, ',' order by id) as ids from shop.orders");
  expect(rows).toEqual([{ ids: "1,2,3,4,5" }]);
});

test("a Parquet file arrives with its types and all of its digits, and once", async () => {
  await using database = await freshDatabase();
  await using ws = await workspaceFor(
    database,
    { name: "lake", type: "files", options: { path: "types.parquet" } },
    {},
  );
  const file = fileURLToPath(new URL("../connector/parquet/files/types.parquet", import.meta.url));
  await copyFile(file, join(ws.root, "types.parquet"));
  expect((await ws.run("lake")).result).toMatchObject({ status: "success", stats: { types: { inserted: 3 } } });
  expect((await ws.run("lake")).result).toMatchObject({ status: "success", stats: { types: { inserted: 0 } } });
  const { rows } = await database.client.query(
    `select big::text, exact::text, huge::text, ratio::text, single::text, bytes::text, at_utc = '2026-01-02 03:04:05.678901Z' as utc,
       at_ns::text, clock::text, lines::text, address ->> 'city' as city, attrs::text, pg_typeof(price)::text as price,
       pg_typeof(day)::text as day, pg_typeof(tags)::text as tags from lake.types order by id limit 1`,
  );
  expect(rows).toEqual([
    {
      ...{ big: "9007199254740993", exact: "1234567890123456789012345678.1234567890", huge: "1".repeat(70) },
      ...{ ratio: "0.1", single: "0.1", bytes: "\\x00ff5c78", utc: true, at_ns: "2026-01-02 03:04:05.678901" },
      ...{ clock: "23:59:59.999999", lines: '[{"n": 9007199254740993, "sku": "x", "price": 1.10}]', city: "Zürich" },
      ...{ attrs: '{"k": 1, "l": null}', price: "numeric", day: "date", tags: "jsonb" },
    },
  ]);
});

test.each(["append", "merge", "replace"])(
  "times and intervals of Parquet stay in their columns run after run: %s",
  async (mode) => {
    await using database = await freshDatabase();
    const options = { path: ["times-*.parquet", "spans-*.parquet"] };
    const how = { mode, ...(mode === "merge" && { primary_key: ["id"] }) };
    const schema = { streams: { times: how, spans: how } };
    await using ws = await workspaceFor(database, { name: "shop", type: "files", options, schema }, {});
    for (const part of [1, 2]) {
      for (const stream of ["times", "spans"]) {
        const file = `${stream}-${part}.parquet`;
        const from = fileURLToPath(new URL(`../connector/parquet/files/${file}`, import.meta.url));
        await copyFile(from, join(ws.root, file));
      }
      expect((await ws.run("shop")).result).toMatchObject({ status: "success", error: null });
    }
    const valuesOf = async (stream: string) => {
      const list = `select to_jsonb(t) - '_sluice_run_id' - '_sluice_loaded_at' as row from shop.${stream} t order by id`;
      return (await database.client.query(list)).rows.map(({ row }) => row);
    };
    const times = ["09:01:00", "23:59:59.999999", null, "09:04:00", "23:59:59.999999", null];
    expect(await valuesOf("times")).toEqual(times.map((opens, i) => ({ id: i + 1, opens })));
    const spans = ["1 mon 2 days 00:00:03.5", null, "3 mons 2 days 00:00:03.5", null];
    expect(await valuesOf("spans")).toEqual(spans.map((every, i) => ({ id: i + 1, every })));
  },
);
