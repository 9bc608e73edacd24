import type pg from "pg";
import { expect, test } from "vitest";
import type { Row } from "../../../src/connector/define-connector.ts";
import { dropConnectionTables } from "../../../src/databases/postgres/connection-tables.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource } from "./loading.ts";

const MERGE = { mode: "merge", primary_key: ["id"], nested: "tables" } as const;
const lines = (...names: string[]) => names.map((sku) => ({ sku }));

async function columnsOf(client: pg.Client, table: string): Promise<string[]> {
  const { rows } = await client.query(
    `select attname as name from pg_attribute where attrelid = to_regclass('shop.${table}') and attnum > 0
     and not attisdropped and attname not in ('_sluice_loaded_at', '_sluice_run_id') order by attnum`,
  );
  return rows.map(({ name }) => name);
}

test("what a list holds that cannot be stored makes a reject of the whole row, and leaves no trace", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const rows: Row[] = [
    { id: 1, lines: lines("a") },
    {
      id: 2,
      late: 1,
      lines: [{ sku: "b" }, { sku: "c", taxes: [{ rate: 1, note: "\0" }], odd: 1 }],
      extras: [{ a: 1 }],
    },
    { id: 3, lines: lines("d") },
  ];
  const refused = await shop.load({ ...MERGE, inference_rows: 1, read: rowsSource(rows) });
  expect(refused.error?.message).toMatch(/row 2: in row 2 of lines, row 1 of taxes: note holds a NUL character/);
  const taken = await shop.load({ ...MERGE, inference_rows: 1, max_rejects: 1, read: rowsSource(rows) });
  expect(taken).toMatchObject({ inserted: 2, rejected: 1, rows_read: 3 });
  expect(await columnsOf(db.client, "orders")).toEqual(["id"]);
  expect(await columnsOf(db.client, "orders__lines")).toEqual(["_sluice_parent_id", "_sluice_position", "sku"]);
  expect(await columnsOf(db.client, "orders__extras")).toEqual([]);
  const { rows: rejects } = await db.client.query(
    "select position, row like '%sku%b%taxes%' as is_whole from shop._sluice_rejects",
  );
  expect(rejects).toEqual([{ position: "row 2", is_whole: true }]);
  const mended = await loadingInto(db.address).load({
    ...MERGE,
    stream: "mended",
    nul: "replace",
    read: rowsSource(rows),
  });
  expect(mended).toMatchObject({ inserted: 3, rejected: 0 });
});

test("what lies too deep in a list refuses its row before anything of it has left a trace", async () => {
  await using db = await freshDatabase();
  const deep = JSON.parse(`${"[".repeat(2000)}1${"]".repeat(2000)}`);
  const selfSimilar = JSON.parse(`${'[{"a":'.repeat(2000)}1${"}]".repeat(2000)}`);
  const rows: Row[] = [
    { id: 1, lines: lines("a") },
    { id: 2, late: 1, lines: [{ sku: "b", deep }] },
    { id: 3, late: 1, a: selfSimilar },
  ];
  const plan = { ...MERGE, inference_rows: 1, max_rejects: 2, nul: "replace" as const };
  const result = await loadingInto(db.address).load({ ...plan, read: rowsSource(rows) });
  expect(result).toMatchObject({ inserted: 1, rejected: 2 });
  expect(await columnsOf(db.client, "orders")).toEqual(["id"]);
  const { rows: rejects } = await db.client.query("select reason from shop._sluice_rejects order by position");
  expect(rejects).toEqual([
    { reason: "in row 1 of lines: deep is nested more than 1000 levels deep" },
    { reason: "in row 1 of a, row 1 of a, row 1 of a: a is nested more than 1000 levels deep" },
  ]);
});

test("a row whose key is missing takes its lists with it", async () => {
  await using db = await freshDatabase();
  const rows: Row[] = [
    { id: 1, lines: lines("a") },
    { lines: lines("b"), parts: [{ n: 1 }] },
  ];
  const result = await loadingInto(db.address).load({
    ...MERGE,
    inference_rows: 1,
    max_rejects: 1,
    read: rowsSource(rows),
  });
  expect(result).toMatchObject({ inserted: 1, rejected: 1, child_tables: { "shop.orders__lines": { inserted: 1 } } });
  expect(await columnsOf(db.client, "orders__parts")).toEqual([]);
});

test("the drift policy holds for every table: what does not fit a list's columns makes a reject of its row", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const first: Row[] = [{ id: 1, lines: [{ sku: "a", qty: 1 }] }];
  await shop.load({ ...MERGE, drift: "warn", read: rowsSource(first) });
  const second: Row[] = [
    { id: 2, lines: [{ sku: "b", qty: 2, colour: "red" }], parts: [{ n: 1 }] },
    {
      id: 3,
      lines: [
        { sku: "c", qty: 3 },
        { sku: "d", qty: "many" },
      ],
    },
  ];
  const result = await shop.load({ ...MERGE, drift: "warn", max_rejects: 1, read: rowsSource([...first, ...second]) });
  expect(result).toMatchObject({ outcome: "success", inserted: 1, rejected: 1 });
  expect(result.schema_changes).toMatchObject([
    { table: "shop.orders", column: "parts", change: "reject" },
    { table: "shop.orders__lines", column: "colour", change: "reject" },
  ]);
  const { rows } = await db.client.query("select reason from shop._sluice_rejects");
  expect(rows).toEqual([{ reason: "in row 2 of lines: a value of qty is not bigint" }]);
  const empty = { id: 5, lines: [] };
  const nothing = await shop.load({ ...MERGE, drift: "freeze", read: rowsSource([...first, ...second, empty]) });
  expect(nothing).toMatchObject({ outcome: "success", inserted: 1 });
  for (const row of [
    { id: 4, parts: [{ n: 1 }] },
    { id: 4, lines: [{ sku: "e", colour: "red" }] },
  ]) {
    const frozen = await shop.load({ ...MERGE, drift: "freeze", read: rowsSource([...first, ...second, empty, row]) });
    expect(frozen.error?.code).toBe("schema_frozen");
  }
});

test("columns that come to a list's table, and lists that come to a stream, are told with their table", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const first: Row[] = [{ id: 1, lines: [{ qty: 1 }] }];
  expect((await shop.load({ ...MERGE, read: rowsSource(first) })).schema_changes).toEqual([]);
  const second = { id: 2, lines: [{ qty: 1.5, sku: "a" }], parts: [{ n: 1 }] };
  const result = await shop.load({ ...MERGE, read: rowsSource([...first, second]) });
  expect(result.schema_changes.map(({ table, column, change }) => `${change} ${table}.${column}`).sort()).toEqual([
    "add shop.orders__lines.sku",
    "add shop.orders__parts.n",
    "widen shop.orders__lines.qty",
  ]);
});

test("names: fields that become the same name, the link columns' own, and deep lists", async () => {
  await using db = await freshDatabase();
  const deep = { a: [{ b: [{ c: [{ d: [{ e: 1 }] }] }] }] };
  const rows: Row[] = [{ id: 1, Lines: [{ _sluice_position: "x" }], lines: [{ _sluice_parent_id: "y" }], ...deep }];
  await loadingInto(db.address).load({ ...MERGE, read: rowsSource(rows) });
  expect(await columnsOf(db.client, "orders__lines")).toEqual([
    "_sluice_parent_id",
    "_sluice_position",
    "__sluice_position",
  ]);
  expect(await columnsOf(db.client, "orders__lines_2")).toEqual([
    "_sluice_parent_id",
    "_sluice_position",
    "__sluice_parent_id",
  ]);
  const { rows: kept } = await db.client.query("select d from shop.orders__a__b__c");
  expect(kept).toEqual([{ d: [{ e: 1 }] }]);
});

test("a field with a declared type stays a column", async () => {
  await using db = await freshDatabase();
  const columns = { lines: "jsonb" };
  const result = await loadingInto(db.address).load({
    ...MERGE,
    columns,
    read: rowsSource([{ id: 1, lines: lines("a") }]),
  });
  expect(result.child_tables).toBeUndefined();
  expect(await columnsOf(db.client, "orders")).toEqual(["id", "lines"]);
});

test("a table of the user's own, or of another stream, is left alone", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await db.client.query("create schema shop; create table shop.orders__lines (sku text)");
  const read = rowsSource([{ id: 1, lines: lines("a") }]);
  const refused = await shop.load({ ...MERGE, read });
  expect(refused.error?.message).toMatch(/the rows in lines need the table shop.orders__lines.*Rename or drop it/s);
  await db.client.query("drop table shop.orders__lines");
  await shop.load({ stream: "other", table: "orders__lines", read: rowsSource([{ id: 1 }]) });
  expect((await shop.load({ ...MERGE, read })).error?.code).toBe("schema_unsupported");
});

test("tables of a connection that was removed are taken over, and go with the new one", async () => {
  await using db = await freshDatabase();
  await loadingInto(db.address).load({ ...MERGE, read: rowsSource([{ id: 1, lines: lines("a", "b") }]) });
  const again = loadingInto(db.address);
  const result = await again.load({ ...MERGE, read: rowsSource([{ id: 1, lines: lines("a") }]) });
  expect(result.child_tables).toEqual({
    "shop.orders__lines": { inserted: 0, updated: 0, unchanged: 1, deleted: 1 },
  });
  expect(await dropConnectionTables(db.address, again.connectionId)).toEqual(["shop.orders", "shop.orders__lines"]);
  expect(await columnsOf(db.client, "orders__lines")).toEqual([]);
});

test("there is no silent way back: tables that would grow out of date are named", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const { nested, ...plain } = MERGE;
  const rows: Row[] = [{ id: 1, lines: lines("a") }];
  await shop.load({ ...MERGE, read: rowsSource(rows) });
  const more = [...rows, { id: 2, lines: lines("b") }];
  expect((await shop.load({ ...plain, read: rowsSource(more) })).error?.message).toMatch(/kept in shop.orders__lines/);
  await db.client.query("drop table shop.orders__lines");
  expect(await shop.load({ ...plain, read: rowsSource(more) })).toMatchObject({ outcome: "success", inserted: 1 });
  expect(await columnsOf(db.client, "orders")).toEqual(["id", "lines"]);
});

test("a stream whose mode names its rows in another way asks for a full refresh, and then has it", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const read = rowsSource([{ id: 1, lines: lines("a") }]);
  await shop.load({ nested: "tables", read });
  expect((await shop.load({ ...MERGE, read })).error?.message).toMatch(/_sluice_parent_row_id.*--full-refresh/s);
  expect(await shop.load({ ...MERGE, full_refresh: true, read })).toMatchObject({ outcome: "success" });
  expect(await columnsOf(db.client, "orders__lines")).toEqual(["_sluice_position", "sku", "_sluice_parent_id"]);
});

test("rows of lists whose table of rows is gone go too", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({
    ...MERGE,
    read: rowsSource([
      { id: 1, lines: lines("a") },
      { id: 2, lines: lines("b") },
    ]),
  });
  await db.client.query("drop table shop.orders");
  await shop.load({ ...MERGE, read: rowsSource([{ id: 2, lines: lines("c") }]) });
  const { rows } = await db.client.query("select sku from shop.orders__lines");
  expect(rows).toEqual([{ sku: "c" }]);
});

test("a source whose columns have types of their own is refused", async () => {
  await using db = await freshDatabase();
  const result = await loadingInto(db.address).load({
    ...MERGE,
    async *read({ layout }) {
      layout([{ name: "id", type: "bigint", nullable: false, binary: true }]);
      yield { rows: [] };
    },
  });
  expect(result.error?.message).toMatch(/sources whose rows are JSON/);
});

test("values of columns without types come to lists' tables in the form that their row has them", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const values = [
    ["7", lines("a")],
    ["8", null],
  ];
  await shop.load({
    ...MERGE,
    async *read() {
      yield { columns: ["id", "lines"], values, untyped: [true, false], cursor: "1" };
    },
  });
  const { rows } = await db.client.query(
    "select o.id, l.sku from shop.orders o left join shop.orders__lines l on l._sluice_parent_id = o.id order by 1",
  );
  expect(rows).toEqual([
    { id: "7", sku: "a" },
    { id: "8", sku: null },
  ]);
});

test("a table that exists keeps its columns where the drift policy says so, also before anything was loaded", async () => {
  await using db = await freshDatabase();
  await db.client.query("create schema shop; create table shop.orders (id bigint)");
  const result = await loadingInto(db.address).load({ drift: "warn", read: rowsSource([{ id: 1, extra: 1 }]) });
  expect(result).toMatchObject({ inserted: 1, schema_changes: [{ column: "extra", change: "reject" }] });
  expect(await columnsOf(db.client, "orders")).toEqual(["id"]);
});
