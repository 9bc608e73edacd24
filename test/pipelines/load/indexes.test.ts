import type pg from "pg";
import { describe, expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource } from "./loading.ts";

const rows = [
  { id: 1, shop: "a", name: "x" },
  { id: 2, shop: "a", name: "y" },
];
const plan = { mode: "merge" as const, primary_key: ["id"], read: rowsSource(rows) };

async function indexesOf(client: pg.Client): Promise<string[]> {
  const { rows: found } = await client.query(
    `select pg_get_indexdef(indexrelid) || case when indisprimary then ' primary' else '' end as def
     from pg_index where indrelid = 'shop.orders'::regclass order by indisprimary desc, 1`,
  );
  return found.map(({ def }) => def);
}

const PRIMARY = "CREATE UNIQUE INDEX orders_pkey ON shop.orders USING btree (id) primary";
const UNIQUE = "CREATE UNIQUE INDEX orders_id_idx ON shop.orders USING btree (id)";

describe("the key of merge", () => {
  test("is the primary key of a table that the load makes, whose columns take no nulls", async () => {
    await using db = await freshDatabase();
    await loadingInto(db.address).load({ ...plan, primary_key: ["shop", "id"] });
    expect(await indexesOf(db.client)).toEqual([
      "CREATE UNIQUE INDEX orders_pkey ON shop.orders USING btree (shop, id) primary",
    ]);
    const { rows: columns } = await db.client.query(
      "select attname from pg_attribute where attrelid = 'shop.orders'::regclass and attnum > 0 and attnotnull order by 1",
    );
    expect(columns.map(({ attname }) => attname)).toEqual(["id", "shop"]);
  });

  test.each([
    ["has none", "", [UNIQUE]],
    [
      "has one of some rows only",
      "create unique index few on shop.orders (id) where name <> ''",
      [UNIQUE, "CREATE UNIQUE INDEX few ON shop.orders USING btree (id) WHERE (name <> ''::text)"],
    ],
    [
      "has one of more columns",
      "create unique index more on shop.orders (id, name)",
      ["CREATE UNIQUE INDEX more ON shop.orders USING btree (id, name)", UNIQUE],
    ],
  ])("gets a unique index where a table that is there %s, once", async (_, sql, indexes) => {
    await using db = await freshDatabase();
    await db.client.query(`create schema shop; create table shop.orders (id bigint, shop text, name text); ${sql}`);
    const shop = loadingInto(db.address);
    expect(await shop.load(plan)).toMatchObject({ outcome: "success", inserted: 2 });
    expect((await indexesOf(db.client)).sort()).toEqual([...indexes].sort());
    const read = rowsSource([...rows, { id: 1, shop: "a", name: "z" }]);
    expect(await shop.load({ ...plan, read })).toMatchObject({ outcome: "success", updated: 1 });
    expect((await indexesOf(db.client)).sort()).toEqual([...indexes].sort());
  });

  test("gets none where a table that is there has one, in whatever order", async () => {
    await using db = await freshDatabase();
    await db.client.query(
      "create schema shop; create table shop.orders (id bigint, shop text, name text); create unique index own on shop.orders (shop, id)",
    );
    const load = { ...plan, primary_key: ["id", "shop"] };
    expect(await loadingInto(db.address).load(load)).toMatchObject({ outcome: "success", inserted: 2 });
    expect(await indexesOf(db.client)).toEqual(["CREATE UNIQUE INDEX own ON shop.orders USING btree (shop, id)"]);
  });

  test("is refused where it is a constraint that is checked at the end of transactions, by its name", async () => {
    await using db = await freshDatabase();
    await db.client.query(
      "create schema shop; create table shop.orders (id bigint, shop text, name text, constraint late unique (id) deferrable)",
    );
    const { error } = await loadingInto(db.address).load(plan);
    expect(error).toMatchObject({ code: "schema_unsupported" });
    expect(error?.message).toMatch(/shop\.orders: its constraint late on the key is deferrable/);
    expect(await indexesOf(db.client)).toEqual(["CREATE UNIQUE INDEX late ON shop.orders USING btree (id)"]);
  });

  test("is the primary key again after a full refresh, also of a table that was appended to before", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load({ ...plan, mode: "append" });
    expect(await indexesOf(db.client)).toEqual([]);
    expect(await shop.load({ ...plan, full_refresh: true })).toMatchObject({ outcome: "success", inserted: 2 });
    expect(await indexesOf(db.client)).toEqual([PRIMARY]);
    expect(await shop.load({ ...plan, full_refresh: true })).toMatchObject({ outcome: "success", inserted: 2 });
    expect(await indexesOf(db.client)).toEqual([PRIMARY]);
  });
});

describe("a table with history", () => {
  const HISTORY = [
    "CREATE UNIQUE INDEX orders_pkey ON shop.orders USING btree (id, _sluice_valid_from) primary",
    "CREATE INDEX orders_id_idx ON shop.orders USING btree (id) WHERE (_sluice_valid_to IS NULL)",
  ];
  const keeping = { ...plan, keep_history: true };

  test("is made with the key of a version, and an index of the current ones", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(keeping);
    expect(await indexesOf(db.client)).toEqual(HISTORY);
    await shop.load({ ...keeping, read: rowsSource([...rows, { id: 1, shop: "a", name: "z" }]) });
    await shop.load({ ...keeping, full_refresh: true });
    expect(await indexesOf(db.client)).toEqual(HISTORY);
  });

  test("has both also if it was merged before", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(plan);
    expect(await indexesOf(db.client)).toEqual([PRIMARY]);
    const read = rowsSource([...rows, { id: 1, shop: "a", name: "z" }]);
    expect(await shop.load({ ...keeping, read })).toMatchObject({ outcome: "success", updated: 1 });
    expect(await indexesOf(db.client)).toEqual(HISTORY);
  });

  test.each([
    ["a table of the user's own that was merged before", "", true],
    ["a table with a unique index on the key", "create unique index own on shop.orders (id)", false],
    ["a table with a unique constraint on the key", "alter table shop.orders add constraint own unique (id)", false],
  ])("has both also if it was %s", async (_, sql, isMerged) => {
    await using db = await freshDatabase();
    await db.client.query(`create schema shop; create table shop.orders (id bigint, shop text, name text); ${sql}`);
    const shop = loadingInto(db.address);
    if (isMerged) await shop.load(plan);
    const read = () => rowsSource([...rows, { id: 1, shop: "a", name: "z" }])({ cursor: undefined });
    const loaded = await shop.load({ ...keeping, read });
    expect(loaded.error?.message).toBeUndefined();
    const { rows: names } = await db.client.query("select name from shop.orders where id = 1 order by 1");
    expect(names.map(({ name }) => name)).toEqual(["x", "z"]);
    expect(await indexesOf(db.client)).toEqual(HISTORY);
  });
});
