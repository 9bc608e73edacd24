import { describe, expect, test } from "vitest";
import { ConnectorScope } from "../../src/connector/connector-scope.ts";
import { postgresSource } from "../../src/connector/postgres-source.ts";
import { connectorContext } from "../harness/connector-context.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { loadsOf } from "./postgres-loads.ts";

async function offered({ address }: FreshDatabase, options: object) {
  const { host, port, database, username, password } = address;
  const scope = new ConnectorScope();
  const secrets = password === undefined ? {} : { password };
  const ctx = connectorContext({
    options: { host, port, database, username, ...options },
    secrets,
    defer: scope.defer,
  });
  try {
    return await postgresSource.streams(ctx);
  } finally {
    await scope.close();
  }
}

const SHOP = `create schema sales; create schema _sluice_x; create table _sluice_x.hidden (id int);
create table orders (id int primary key, "Last Update" timestamptz, modified_at timestamp not null, note text);
create table sales.orders (id int, part int, created_at timestamptz not null, primary key (part, id));
create table sales.order_lines (id int);
create table audit_log (id int);
create table parent (id int primary key) partition by range (id);
create table child partition of parent default;
create view recent as select * from orders; create materialized view totals as select count(*) as n from orders;
comment on table sales.order_lines is 'What was ordered';
insert into orders select i, null, now(), 'n' from generate_series(1, 50) i; analyze orders;`;

test("offers tables with their columns, keys, estimates and how to load them", async () => {
  await using database = await freshDatabase();
  await database.client.query(SHOP);
  const streams = await offered(database, {});
  expect(
    streams.map(({ name, table, mode, primaryKey, cursorField }) => ({ name, table, mode, primaryKey, cursorField })),
  ).toEqual([
    { name: "public.audit_log", table: "audit_log", mode: "replace", primaryKey: [], cursorField: undefined },
    { name: "public.orders", table: "orders", mode: "merge", primaryKey: ["id"], cursorField: "modified_at" },
    { name: "public.parent", table: "parent", mode: "replace", primaryKey: ["id"], cursorField: undefined },
    { name: "sales.order_lines", table: "sales_order_lines", mode: "replace", primaryKey: [], cursorField: undefined },
    {
      name: "sales.orders",
      table: "sales_orders",
      mode: "replace",
      primaryKey: ["part", "id"],
      cursorField: undefined,
    },
  ]);
  expect(streams[1]).toMatchObject({
    estimatedRows: 50,
    columns: [
      { name: "id", type: "integer", nullable: false },
      { name: "Last Update", type: "timestamp with time zone", nullable: true },
      { name: "modified_at", type: "timestamp without time zone", nullable: false },
      { name: "note", type: "text", nullable: true },
    ],
  });
  expect(streams[3]?.description).toBe("What was ordered");
});

test.each([
  [{ tables: ["public.*"] }, ["public.audit_log", "public.orders", "public.parent"]],
  [{ tables: ["public.*", "!public.audit_*"] }, ["public.orders", "public.parent"]],
  [{ tables: ["!*.order*"] }, ["public.audit_log", "public.parent"]],
  [{ tables: ["orders", "recent", "public.child"] }, ["public.child", "public.orders", "public.recent"]],
  [{ tables: ["sales.order?"] }, ["sales.orders"]],
  [
    { tables: ["public.*"], views: true },
    ["public.audit_log", "public.orders", "public.parent", "public.recent", "public.totals"],
  ],
  [{ queries: { one: { sql: "select 1 as n" } } }, ["one"]],
  [{ tables: ["orders"], queries: { one: { sql: "select 1 as n" } } }, ["public.orders", "one"]],
])("chooses by %j", async (options, names) => {
  await using database = await freshDatabase();
  await database.client.query(SHOP);
  expect((await offered(database, options)).map(({ name }) => name)).toEqual(names);
});

describe("what is read", () => {
  test("is what columns, exclude, rename and where leave of a table", async () => {
    const source = `create table t (id int primary key, a text, secret text, "Ä b" int, updated_at timestamptz not null, gone bool default false);
      insert into t select i, 'a' || i, 's', i, now(), i > 7 from generate_series(1, 10) i`;
    const streams = {
      "public.t": {
        exclude: ["secret", "gone"],
        rename: { id: "t_id", "Ä b": "b" },
        where: "not gone -- those are history",
      },
    };
    await using loads = await loadsOf({ source, options: { streams } });
    const { result } = await loads.run();
    expect(result).toMatchObject({ error: null, stats: { "public.t": { mode: "merge", inserted: 7 } } });
    const { rows } = await loads.destination.client.query("select * from shop.t order by t_id limit 1");
    expect(Object.keys(rows[0]).filter((name) => !name.startsWith("_sluice"))).toEqual([
      "t_id",
      "a",
      "b",
      "updated_at",
    ]);
    await loads.source.client.query("update t set a = 'x', updated_at = now() where id = 2");
    expect((await loads.run()).result.stats).toMatchObject({ "public.t": { rows_read: 1, updated: 1 } });
  });

  test("may be views, materialised views, foreign schemas and names that need quotes", async () => {
    const source = `create schema "Größe"; create table "Größe"."Tab ""le" ("Sp alte" int, "select" text);
      insert into "Größe"."Tab ""le" values (1, 'a'), (2, 'b');
      create view seen as select "Sp alte" as id, "select" as t from "Größe"."Tab ""le";
      create materialized view kept as select * from seen;`;
    await using loads = await loadsOf({ source, options: { tables: ["public.*", "Größe.*"], views: true } });
    const { result } = await loads.run();
    expect(result.error).toBeNull();
    expect(await loads.differences("public.seen", "seen")).toEqual([]);
    expect(await loads.differences("public.kept", "kept")).toEqual([]);
    expect(await loads.differences('Größe.Tab "le', 'Größe_Tab "le')).toEqual([]);
  });

  test("is the rows of a table and not those of tables that inherit from it", async () => {
    const source =
      "create table a (id int); create table b () inherits (a); insert into a values (1); insert into b values (2)";
    await using loads = await loadsOf({ source });
    const { result } = await loads.run();
    expect(result.stats).toMatchObject({ "public.a": { inserted: 1 }, "public.b": { inserted: 1 } });
  });

  test("is an empty table for an empty one, in each mode", async () => {
    const source =
      "create table a (id int primary key, at timestamp not null); create table b (like a including all); create table c (like a including all)";
    const streams = {
      "public.a": { mode: "append", cursor_field: "at" },
      "public.b": { mode: "merge" },
      "public.c": { mode: "replace" },
    };
    await using loads = await loadsOf({ source, schema: { streams } });
    expect((await loads.run()).result.error).toBeNull();
    for (const name of ["a", "b", "c"]) expect(await loads.differences(`public.${name}`, name)).toEqual([]);
  });

  test("is read as values when the table has other types, with the same rows", async () => {
    const source = `create table t (id int primary key, price numeric(10,2), ok boolean, note text, tags text[]);
      insert into t values (1, 1.50, true, E'tab\\t, line\\n, back\\\\ \\\\N', array['x\\y']), (2, null, false, null, null), (3, 'NaN', null, '', '{}')`;
    await using loads = await loadsOf({ source });
    await loads.destination.client.query(
      `create schema shop; create table shop.t (id bigint, price numeric, ok boolean, note text, tags text[])`,
    );
    const { result, events } = await loads.run();
    expect(result).toMatchObject({ error: null, stats: { "public.t": { inserted: 3 } } });
    expect(events.find(({ kind }) => kind === "stream.layout")?.data).toMatchObject({ form: "values" });
    expect(await loads.differences("public.t", "t")).toEqual([]);
  });

  test("is the table as it is now, columns added and dropped since the last run", async () => {
    const source =
      "create table t (id int primary key, a text, updated_at timestamptz not null default now()); insert into t values (1, 'a')";
    await using loads = await loadsOf({ source });
    await loads.run();
    await loads.source.client.query("alter table t drop a, add b int[]; insert into t values (2, now(), '{1,2}')");
    const { result } = await loads.run();
    expect(result).toMatchObject({ error: null, stats: { "public.t": { inserted: 1 } } });
    const { rows } = await loads.destination.client.query("select id, a, b from shop.t order by id");
    expect(rows).toEqual([
      { id: 1, a: "a", b: null },
      { id: 2, a: null, b: [1, 2] },
    ]);
  });
});

describe("a query", () => {
  const ORDERS = `create type mood as enum ('sad', 'ok');
    create table orders (id int primary key, shop int, mood mood, at timestamptz not null);
    insert into orders select i, i % 3, 'ok', timestamptz '2026-01-01' + i * interval '1 minute' from generate_series(1, 30) i;`;

  test("is loaded as a table of its own, again and again", async () => {
    const queries = {
      per_shop: { sql: "select shop, count(*) as n, min(mood) as mood from orders group by shop; " },
    };
    await using loads = await loadsOf({ source: ORDERS, options: { tables: [], queries } });
    await loads.run();
    await loads.source.client.query("delete from orders where shop = 1");
    expect((await loads.run()).result).toMatchObject({ error: null, stats: { per_shop: { mode: "replace" } } });
    const { rows } = await loads.destination.client.query("select shop, n, mood from shop.per_shop order by shop");
    expect(rows).toEqual([
      { shop: 0, n: "10", mood: "ok" },
      { shop: 2, n: "10", mood: "ok" },
    ]);
  });

  test.each([
    ["the window around it", "select *, 'x' as x from orders"],
    [
      "the cursor in it",
      "with few as (select *, 'x' as x from orders where at >= {cursor}) select * from few /* {cursor} */",
    ],
  ])("reads on by %s", async (_, sql) => {
    const queries = { recent: { sql, cursor: "at", primary_key: ["id"] } };
    await using loads = await loadsOf({ source: ORDERS, options: { tables: [], queries } });
    expect((await loads.run()).result).toMatchObject({
      error: null,
      stats: { recent: { mode: "merge", inserted: 30 } },
    });
    await loads.source.client.query("update orders set at = '2026-02-01', mood = 'sad' where id = 4");
    expect((await loads.run()).result.stats).toMatchObject({ recent: { rows_read: 1, updated: 1 } });
    expect(await loads.differences("public.orders", "recent")).toEqual([]);
  });

  test("finds its tables in the search path", async () => {
    const source = "create schema deep; create table deep.hidden (id int); insert into deep.hidden values (7)";
    const options = { search_path: "deep, public", tables: [], queries: { q: { sql: "table hidden" } } };
    await using loads = await loadsOf({ source, options });
    expect((await loads.run()).result).toMatchObject({ error: null, stats: { q: { inserted: 1 } } });
  });
});

test("all streams of a run see one moment when they are asked to", async () => {
  const source = "create table a (id int); create table z (id int); insert into a values (1); insert into z values (1)";
  await using loads = await loadsOf({ source, options: { snapshot: "run" }, schema: { parallel: 1 } });
  let done = Promise.resolve<unknown>(undefined);
  const { result } = await loads.run(
    {},
    {
      onEvent: (event) => {
        if (event.kind === "stream.finish" && event.stream === "public.a")
          done = loads.source.client.query("insert into z values (2)");
      },
    },
  );
  await done;
  expect(result).toMatchObject({ error: null, stats: { "public.a": { inserted: 1 }, "public.z": { inserted: 1 } } });
});
