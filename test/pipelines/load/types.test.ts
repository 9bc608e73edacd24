import { expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource, textSource } from "./loading.ts";

type Client = Awaited<ReturnType<typeof freshDatabase>>["client"];

async function columnTypes(client: Client, table = "orders"): Promise<Record<string, string>> {
  const { rows } = await client.query(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = 'shop' and table_name = $1 and column_name not like '\\_sluice%' order by ordinal_position`,
    [table],
  );
  return Object.fromEntries(rows.map((row) => [row.name, row.type]));
}

async function texts(client: Client, column: string): Promise<(string | null)[]> {
  const { rows } = await client.query(`select ${column}::text as v from shop.orders`);
  return rows.map((row) => row.v);
}

const raw = (text: string) => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);

test("values of JSON get the narrowest column that keeps them", async () => {
  await using db = await freshDatabase();
  const row = {
    whole: 7,
    big: raw("9007199254740993"),
    huge: raw("92233720368547758070"),
    price: 1.5,
    yes: true,
    day: "2026-01-02",
    at: "2026-01-02T03:04:05Z",
    naive: "2026-01-02 03:04:05.25",
    digits: "007",
    text: "żółć 🚀\ttab\nline\\back",
    list: [1, { a: "x" }],
    nothing: null,
  };
  await loadingInto(db.address).load({ read: rowsSource([row]) });
  expect(await columnTypes(db.client)).toEqual({
    whole: "bigint",
    big: "bigint",
    huge: "numeric",
    price: "numeric",
    yes: "boolean",
    day: "date",
    at: "timestamp with time zone",
    naive: "timestamp without time zone",
    digits: "text",
    text: "text",
    list: "jsonb",
  });
  expect(await texts(db.client, "big")).toEqual(["9007199254740993"]);
  expect(await texts(db.client, "huge")).toEqual(["92233720368547758070"]);
  expect(await texts(db.client, "text")).toEqual([row.text]);
  expect(await texts(db.client, "list")).toEqual(['[1, {"a": "x"}]']);
});

test("text of a file becomes a number or date only when it would come back as it was", async () => {
  await using db = await freshDatabase();
  const columns = ["n", "zip", "price", "plus", "zero", "day", "no_day", "flag", "yes", "exp"];
  const values = [["12", "007", "1.50", "+1", "-0", "2024-02-29", "2023-02-29", "true", "True", "1e5"]];
  await loadingInto(db.address).load({ read: textSource(columns, values) });
  expect(await columnTypes(db.client)).toEqual({
    n: "bigint",
    zip: "text",
    price: "numeric",
    plus: "text",
    zero: "text",
    day: "date",
    no_day: "text",
    flag: "boolean",
    yes: "text",
    exp: "text",
  });
  for (const [index, column] of columns.entries()) expect(await texts(db.client, column)).toEqual([values[0]?.[index]]);
});

test("a column grows from bigint to numeric to text by the values that come, in place", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource([{ v: 1 }]) });
  expect(await columnTypes(db.client)).toEqual({ v: "bigint" });
  const second = await shop.load({ read: rowsSource([{ v: 1 }, { v: 2.5 }]) });
  expect(second.schema_changes).toMatchObject([{ column: "v", change: "widen", from: "bigint", to: "numeric" }]);
  await shop.load({ read: rowsSource([{ v: 1 }, { v: 2.5 }, { v: "n/a" }]) });
  expect(await columnTypes(db.client)).toEqual({ v: "text" });
  expect((await texts(db.client, "v")).sort()).toEqual(["1", "2.5", "n/a"]);
});

test("a value that fits no widening of its column is kept beside it as text", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource([{ at: "2026-01-02T03:04:05Z", id: 1 }]) });
  const rows = [
    { at: "2026-01-02T03:04:05Z", id: 1 },
    { at: "yesterday", id: 2 },
    { at: { odd: true }, id: 3 },
  ];
  const loaded = await shop.load({ read: rowsSource(rows) });
  expect(loaded.outcome).toBe("success");
  const { rows: stored } = await db.client.query(
    "select id::int, at is null as missing, at__text from shop.orders order by id",
  );
  expect(stored).toEqual([
    { id: 1, missing: false, at__text: null },
    { id: 2, missing: true, at__text: "yesterday" },
    { id: 3, missing: true, at__text: '{"odd":true}' },
  ]);
});

test("untidy and colliding names become columns, and stay the same columns later", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const row = { "US Gross": 1, us_gross: 2, "Release Date": "Jun 12 1998", select: 3, "": 4, "1st": 5, __proto__x: 6 };
  await shop.load({ read: rowsSource([row]) });
  await shop.load({ read: rowsSource([row, row]) });
  const { rows } = await db.client.query(
    'select us_gross::int, us_gross_2::int, release_date, "select"::int, _1st::int from shop.orders',
  );
  expect(rows).toEqual(
    [1, 2].map(() => ({ us_gross: 1, us_gross_2: 2, release_date: "Jun 12 1998", select: 3, _1st: 5 })),
  );
});

test("fields named like properties of every object are fields like others", async () => {
  await using db = await freshDatabase();
  const rows = [JSON.parse('{"id":1,"constructor":"c","__proto__":"p","toString":"t"}'), { id: 2 }];
  const loaded = await loadingInto(db.address).load({ read: rowsSource(rows) });
  expect(loaded).toMatchObject({ outcome: "success", inserted: 2, rejected: 0 });
  const { rows: stored } = await db.client.query(
    "select id::int, constructor as c, to_string as t from shop.orders order by id",
  );
  expect(stored).toEqual([
    { id: 1, c: "c", t: "t" },
    { id: 2, c: null, t: null },
  ]);
});

test("a NUL character or half a surrogate pair is a reject, or is replaced if the connection says so", async () => {
  await using db = await freshDatabase();
  const rows = [
    { id: 1, v: "fine" },
    { id: 2, v: "a\0b" },
    { id: 3, v: { deep: ["x\0"] } },
    { id: 4, v: "\ud800" },
  ];
  const strict = await loadingInto(db.address).load({ read: rowsSource(rows), max_rejects: 3 });
  expect(strict).toMatchObject({ outcome: "success", inserted: 1, rejected: 3 });
  const lenient = await loadingInto(db.address).load({ read: rowsSource(rows), nul: "replace", stream: "lenient" });
  expect(lenient).toMatchObject({ outcome: "success", inserted: 4, rejected: 0 });
  const { rows: stored } = await db.client.query("select v from shop.lenient where id in (2, 4) order by id");
  expect(stored).toEqual([{ v: "a\ufffdb" }, { v: "\ufffd" }]);
});

test("an existing table keeps its own types and takes only values that fit them", async () => {
  await using db = await freshDatabase();
  await db.client.query(
    "create schema shop; create table shop.orders (id integer primary key, code varchar(3), price numeric(6,2), note text default 'none')",
  );
  const rows = [
    { id: 1, code: "abc", price: 12.5 },
    { id: 2, code: "abcd", price: 1.234 },
  ];
  const frozen = await loadingInto(db.address).load({ read: rowsSource(rows), drift: "freeze" });
  expect(frozen.error?.code).toBe("schema_frozen");
  const loaded = await loadingInto(db.address).load({ read: rowsSource(rows) });
  expect(loaded.outcome).toBe("success");
  const { rows: stored } = await db.client.query("select id, code, price::text, note from shop.orders order by id");
  expect(stored).toEqual([
    { id: 1, code: "abc", price: "12.5", note: "none" },
    { id: 2, code: "abcd", price: "1.234", note: "none" },
  ]);
});

test("a time column takes times as text, and grows into text by others; a time is text where nothing says more", async () => {
  await using db = await freshDatabase();
  await db.client.query(
    "create schema shop; create table shop.orders (id integer primary key, opens time, closes time)",
  );
  const rows = [
    { id: 1, opens: "09:00:00", closes: "24:00:00", seen: "09:00:00" },
    { id: 2, opens: "09:00:00.25", closes: "late" },
  ];
  expect((await loadingInto(db.address).load({ read: rowsSource(rows) })).outcome).toBe("success");
  const { rows: stored } = await db.client.query(
    "select opens::text, pg_typeof(opens)::text as kind, closes, seen from shop.orders order by id",
  );
  expect(stored).toEqual([
    { opens: "09:00:00", kind: "time without time zone", closes: "24:00:00", seen: "09:00:00" },
    { opens: "09:00:00.25", kind: "time without time zone", closes: "late", seen: null },
  ]);
});

test("columns whose type cannot be written are refused by name before anything is stored", async () => {
  await using db = await freshDatabase();
  await db.client.query("create schema shop; create table shop.orders (id int, area polygon)");
  const loaded = await loadingInto(db.address).load({ read: rowsSource([{ id: 1, area: "((0,0))" }]) });
  expect(loaded.error?.code).toBe("schema_unsupported");
  expect(loaded.error?.message).toContain("area");
});
