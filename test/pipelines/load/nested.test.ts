import type pg from "pg";
import { expect, test } from "vitest";
import type { Row } from "../../../src/connector/define-connector.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource, unorderedSource } from "./loading.ts";

const MERGE = { mode: "merge", primary_key: ["id"], nested: "tables" } as const;
const ORDERS: Row[] = [
  {
    id: 1,
    lines: [
      { sku: "a", qty: 2, taxes: [{ rate: 7 }, { rate: 19.5 }] },
      { sku: "b", qty: 1 },
    ],
  },
  { id: 2, lines: [] },
  { id: 3, lines: [{ sku: "c" }] },
];

/** Rows of a table as Postgres gives them, without what says when and by which run. */
async function rowsOf(client: pg.Client, table: string, order = "1, 2, 3") {
  const { rows } = await client.query(`select * from shop.${table} order by ${order}`);
  return rows.map(({ _sluice_loaded_at, _sluice_run_id, ...row }) => row);
}

async function typesOf(client: pg.Client, table: string): Promise<string> {
  const { rows } = await client.query(
    `select string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' order by attnum) as columns
     from pg_attribute where attrelid = to_regclass('shop.${table}') and attnum > 0 and not attisdropped
       and attname not in ('_sluice_loaded_at', '_sluice_run_id')`,
  );
  return rows[0].columns;
}

test("lists of objects become tables with the key of their row and their place in the list", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const result = await shop.load({ ...MERGE, read: rowsSource(ORDERS) });
  expect(result).toMatchObject({
    outcome: "success",
    inserted: 3,
    child_tables: { "shop.orders__lines": { inserted: 3 }, "shop.orders__lines__taxes": { inserted: 2 } },
  });
  expect(await rowsOf(db.client, "orders", "1")).toEqual([
    { id: "1", lines: null },
    { id: "2", lines: [] },
    { id: "3", lines: null },
  ]);
  const line = (id: number, place: number, sku: string, qty: number | null) => ({
    _sluice_parent_id: `${id}`,
    _sluice_position: `${place}`,
    ...{ sku, qty: qty === null ? null : `${qty}` },
  });
  expect(await rowsOf(db.client, "orders__lines")).toEqual([
    line(1, 1, "a", 2),
    line(1, 2, "b", 1),
    line(3, 1, "c", null),
  ]);
  expect(await rowsOf(db.client, "orders__lines__taxes")).toEqual([
    { _sluice_parent_id: "1", _sluice_position_1: "1", _sluice_position: "1", rate: "7" },
    { _sluice_parent_id: "1", _sluice_position_1: "1", _sluice_position: "2", rate: "19.5" },
  ]);
  expect(await typesOf(db.client, "orders__lines")).toBe(
    "_sluice_parent_id bigint, _sluice_position bigint, sku text, qty bigint",
  );
});

/** The lines as `parent row → skus in their places`. */
async function skus(client: pg.Client, key = "id"): Promise<Record<string, string>> {
  const link = key === "id" ? "_sluice_parent_id" : "_sluice_parent_row_id";
  const { rows } = await client.query(
    `select o.id, string_agg(l.sku, ' ' order by l._sluice_position) as skus
     from shop.orders o join shop.orders__lines l on l.${link} = o.${key} group by o.id, o.${key} order by o.id`,
  );
  return Object.fromEntries(rows.map((row) => [row.id, row.skus]));
}

const lines = (...names: string[]) => names.map((sku) => ({ sku }));

test.each([true, false])(
  "append gives rows an id, by which those of their lists find them (ordered: %s)",
  async (ordered) => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const rows: Row[] = [{ id: 1, lines: lines("a", "b") }, { id: 2 }];
    const more = [...rows, { id: 3, lines: lines("c") }];
    const source = (all: Row[]) =>
      ordered ? rowsSource(all, 1) : unorderedSource(all.slice(all.length === 3 ? 2 : 0), all.length, 1);
    await shop.load({ nested: "tables", ordered, read: source(rows) });
    const second = await shop.load({ nested: "tables", ordered, read: source(more) });
    expect(second).toMatchObject({
      inserted: 1,
      rows_written: 1,
      child_tables: { "shop.orders__lines": { inserted: 1 } },
    });
    expect(await skus(db.client, "_sluice_row_id")).toEqual({ 1: "a b", 3: "c" });
    expect(await typesOf(db.client, "orders")).toBe("_sluice_row_id uuid, id bigint");
    expect(await typesOf(db.client, "orders__lines")).toBe(
      "_sluice_parent_row_id uuid, _sluice_position bigint, sku text",
    );
  },
);

test("merge replaces the lists of every row that comes, and writes only what differs", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const first: Row[] = [1, 2, 3, 4].map((id) => ({ id, name: `n${id}`, lines: lines("a", "b", "c") }));
  await shop.load({ ...MERGE, read: rowsSource(first) });
  const second: Row[] = [
    { id: 1, name: "n1", lines: lines("a", "b", "c") },
    { id: 2, name: "n2", lines: lines("a", "x") },
    { id: 3, name: "other" },
    { id: 5, name: "n5", lines: lines("lost") },
    { id: 5, name: "n5", lines: lines("d") },
  ];
  const result = await shop.load({ ...MERGE, read: rowsSource([...first, ...second]) });
  expect(result).toMatchObject({ inserted: 1, updated: 1, unchanged: 2, deleted: 0 });
  expect(result.child_tables).toEqual({
    "shop.orders__lines": { inserted: 1, updated: 1, unchanged: 4, deleted: 4 },
  });
  expect(await skus(db.client)).toEqual({ 1: "a b c", 2: "a x", 4: "a b c", 5: "d" });
  const { rows } = await db.client.query("select count(distinct _sluice_run_id)::int as runs from shop.orders__lines");
  expect(rows).toEqual([{ runs: 2 }]);
});

test("lists of versions that come too late, and of deleted rows, are not kept", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const plan = { ...MERGE, version_field: "v", deleted_field: "gone" };
  const first: Row[] = [1, 2, 3].map((id) => ({ id, v: 2, gone: false, lines: lines(`v2 of ${id}`) }));
  await shop.load({ ...plan, read: rowsSource(first) });
  const second: Row[] = [
    { id: 1, v: 1, gone: false, lines: lines("v1 of 1") },
    { id: 2, v: 3, gone: true, lines: lines("gone") },
    { id: 3, v: 4, gone: false, lines: lines("v4 of 3") },
    { id: 3, v: 3, gone: false, lines: lines("v3 of 3", "v3 of 3") },
    { id: 4, v: 1, gone: true, lines: lines("never there") },
  ];
  const result = await shop.load({ ...plan, read: rowsSource([...first, ...second]) });
  expect(result).toMatchObject({ outcome: "success", deleted: 1 });
  const { rows } = await db.client.query("select _sluice_parent_id as id, sku from shop.orders__lines order by 1");
  expect(rows).toEqual([
    { id: "1", sku: "v2 of 1" },
    { id: "3", sku: "v4 of 3" },
  ]);
});

test("a soft mark that comes without a list leaves its rows, one that brings it replaces them with all below", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const plan = { ...MERGE, deleted_field: "gone", deletes: "soft" as const };
  const list = (sku: string) => [{ sku, taxes: [{ rate: 1 }] }];
  const first: Row[] = [1, 2].map((id) => ({ id, gone: false, lines: list("a") }));
  await shop.load({ ...plan, read: rowsSource(first) });
  const marks = [
    { id: 1, gone: true },
    { id: 2, gone: true, lines: lines("b") },
  ];
  await shop.load({ ...plan, read: rowsSource([...first, ...marks]) });
  expect(await skus(db.client)).toEqual({ 1: "a", 2: "b" });
  expect(await rowsOf(db.client, "orders__lines__taxes")).toMatchObject([{ _sluice_parent_id: "1", rate: "1" }]);
});

test.each([undefined, "rewrite", "truncate"] as const)(
  "replace exchanges all tables at once (replace_by: %s)",
  async (how) => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const plan = { mode: "replace", nested: "tables", ...(how === undefined ? {} : { replace_by: how }) } as const;
    await shop.load({ ...plan, read: rowsSource(ORDERS) });
    await db.client.query("create view shop.rates as select rate from shop.orders__lines__taxes");
    await db.client.query("comment on table shop.orders__lines is 'kept'");
    const result = await shop.load({ ...plan, read: rowsSource([{ id: 9, lines: lines("z") }]) });
    expect(result).toMatchObject({ outcome: "success", inserted: 1 });
    expect(await skus(db.client, "_sluice_row_id")).toEqual({ 9: "z" });
    const { rows } = await db.client.query(
      "select (select count(*)::int from shop.rates) as rates, obj_description('shop.orders__lines'::regclass) as comment",
    );
    expect(rows).toEqual([{ rates: 0, comment: "kept" }]);
    await shop.load({ ...plan, read: rowsSource([]) });
    expect(await skus(db.client, "_sluice_row_id")).toEqual({});
  },
);

test("a full refresh of merge makes all tables anew, with their keys", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ ...MERGE, read: rowsSource(ORDERS) });
  const fresh: Row[] = [
    { id: 1, lines: lines("old") },
    { id: 1, lines: lines("p", "q") },
    { id: 2, lines: [] },
  ];
  const result = await shop.load({ ...MERGE, full_refresh: true, read: rowsSource(fresh) });
  expect(result).toMatchObject({ inserted: 2, child_tables: { "shop.orders__lines": { inserted: 2 } } });
  expect(await skus(db.client)).toEqual({ 1: "p q" });
  expect(await typesOf(db.client, "orders__lines")).toBe("_sluice_parent_id bigint, _sluice_position bigint, sku text");
  await shop.load({ ...MERGE, read: rowsSource([...fresh, { id: 1, lines: lines("r") }]) });
  expect(await skus(db.client)).toEqual({ 1: "r" });
  const { rows } = await db.client.query(
    "select count(*)::int as n from pg_tables where schemaname = '_sluice_staging'",
  );
  expect(rows).toEqual([{ n: 0 }]);
});

test("keys that become wider do so in all tables", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const rows: Row[] = [
    { id: 1, lines: lines("a") },
    { id: 2, lines: lines("b") },
    { id: "x", lines: [] },
  ];
  const wide = [...rows, { id: "1", lines: lines("c") }];
  for (const read of [rowsSource(rows.slice(0, 1)), rowsSource(rows, 1), rowsSource(wide, 1)])
    expect(await shop.load({ ...MERGE, inference_rows: 1, checkpoint_bytes: 1, read })).toMatchObject({
      outcome: "success",
    });
  expect(await skus(db.client)).toEqual({ 1: "c", 2: "b" });
  expect(await typesOf(db.client, "orders__lines")).toContain("_sluice_parent_id text");
});
