import type pg from "pg";
import { describe, expect, test } from "vitest";
import type { StreamPlan } from "../../../src/pipelines/load/plan.ts";
import { asAdmin, freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource } from "./loading.ts";

const rows = Array.from({ length: 25 }, (_, i) => ({ id: i + 1, name: `n${i + 1}`, paid: i % 2 === 0 }));

function replacing(plan: Partial<StreamPlan> = {}) {
  return { mode: "replace" as const, read: rowsSource(rows), ...plan };
}

async function value(client: pg.Client, sql: string): Promise<unknown> {
  const { rows: found } = await client.query({ text: sql, rowMode: "array" });
  return found[0]?.[0];
}

function oidOf(client: pg.Client): Promise<unknown> {
  return value(client, "select 'shop.orders'::regclass::oid::int");
}

/** In the order of their places. */
function columnNames(client: pg.Client): Promise<unknown> {
  return value(
    client,
    `select string_agg(attname, ',' order by attnum) from pg_attribute
     where attrelid = 'shop.orders'::regclass and attnum > 0 and not attisdropped`,
  );
}

/** Everything that psql shows of a table with \d+, \dp and \dd, in words of the catalogue. */
async function catalogue(client: pg.Client): Promise<unknown> {
  const table = "'shop.orders'::regclass";
  const of = async (sql: string) => (await client.query(sql)).rows;
  return {
    table: await of(
      `select pg_get_userbyid(relowner) as owner, (select array_agg(a order by a) from unnest(relacl::text[]) a) as acl, reloptions, relpersistence, relreplident, relrowsecurity, relforcerowsecurity,
         obj_description(oid) as comment, (select reloptions from pg_class t where t.oid = c.reltoastrelid) as toast from pg_class c where oid = ${table}`,
    ),
    columns: await of(
      `select attname, format_type(atttypid, atttypmod) as type, attnotnull, attstattarget, attstorage, attcompression, attoptions, attacl::text[] as acl,
         col_description(attrelid, attnum) as comment, pg_get_expr(adbin, adrelid) as default
       from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
       where attrelid = ${table} and attnum > 0 and not attisdropped order by attname`,
    ),
    indexes: await of(
      `select pg_get_indexdef(indexrelid) as def, indisclustered, indisreplident, indisprimary, obj_description(indexrelid) as comment
       from pg_index where indrelid = ${table} order by 1`,
    ),
    constraints: await of(
      `select conname, contype, pg_get_constraintdef(oid) as def, obj_description(oid, 'pg_constraint') as comment
       from pg_constraint where conrelid = ${table} order by 1`,
    ),
    policies: await of("select * from pg_policies where tablename = 'orders' order by policyname"),
  };
}

const FURNITURE = `
  comment on table shop.orders is 'All the orders; "quoted" and it''s long';
  comment on column shop.orders.name is 'Who';
  alter table shop.orders add primary key (id);
  alter table shop.orders add constraint named unique (name, id) include (paid);
  alter table shop.orders add constraint "Positive" check (id > 0);
  comment on constraint "Positive" on shop.orders is 'Never zero';
  create index "By Name" on shop.orders using btree (lower(name) desc nulls last, id) with (fillfactor = 80) where paid;
  comment on index shop."By Name" is 'for the list';
  create unique index whole on shop.orders (id, paid);
  alter table shop.orders cluster on whole;
  alter table shop.orders replica identity using index orders_pkey;
  alter table shop.orders add column note text not null default 'none' collate "C";
  alter table shop.orders alter column name set default 'nobody';
  alter table shop.orders alter column name set statistics 500;
  alter table shop.orders alter column name set storage external;
  alter table shop.orders alter column id set (n_distinct = -1);
  alter table shop.orders set (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false);
  alter table shop.orders enable row level security;
  create policy mine on shop.orders for select to reader using (name = current_user or paid);
  create policy all_of_it on shop.orders as restrictive to public using (true) with check (id > 0);
  grant select, insert on shop.orders to reader with grant option;
  grant select on shop.orders to public;
  grant update (name) on shop.orders to reader;`;

/** Roles belong to the server and outlive a test's database. */
async function ensureRoles(): Promise<void> {
  await asAdmin(async (admin) => {
    for (const role of ["reader", "keeper"])
      await admin.query(
        `do $$ begin create role ${role}; exception when duplicate_object or unique_violation then null; end $$`,
      );
  });
}

describe("a new table in the old one's place", () => {
  test("has everything that people have made of the old one", async () => {
    await ensureRoles();
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(replacing());
    await db.client.query(FURNITURE);
    await db.client.query("grant create, usage on schema shop to keeper; alter table shop.orders owner to keeper");
    const before = [await catalogue(db.client), await oidOf(db.client)];
    const result = await shop.load(replacing({ read: rowsSource(rows.slice(0, 7)), replace_by: "swap" }));
    expect(result).toMatchObject({ outcome: "success", inserted: 7 });
    expect(await catalogue(db.client)).toEqual(before[0]);
    expect(await oidOf(db.client)).not.toBe(before[1]);
    expect(await value(db.client, "select count(*)::int from shop.orders where note = 'none'")).toBe(7);
  });

  test("has no privileges that default privileges give to new tables", async () => {
    await ensureRoles();
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(replacing());
    await db.client.query("alter default privileges grant select, update on tables to reader");
    expect(await shop.load(replacing({ replace_by: "swap" }))).toMatchObject({ outcome: "success" });
    expect(await value(db.client, "select has_table_privilege('reader', 'shop.orders', 'select')")).toBe(false);
  });

  test("is analysed before anybody sees it", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(replacing());
    expect(await value(db.client, "select reltuples::int from pg_class where oid = 'shop.orders'::regclass")).toBe(25);
    await shop.load(replacing({ read: rowsSource(rows.slice(0, 5)) }));
    expect(await value(db.client, "select reltuples::int from pg_class where oid = 'shop.orders'::regclass")).toBe(5);
  });

  test("has its columns in the old one's order", async () => {
    await using db = await freshDatabase();
    await db.client.query("create schema shop; create table shop.orders (paid boolean, name text, id bigint)");
    const shop = loadingInto(db.address);
    const before = await oidOf(db.client);
    expect(await shop.load(replacing({ replace_by: "swap" }))).toMatchObject({ outcome: "success", inserted: 25 });
    expect(await columnNames(db.client)).toMatch(/^paid,name,id,/);
    expect(await oidOf(db.client)).not.toBe(before);
  });

  test("has columns that come late in the same place as the old one", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const read = rowsSource([...rows, { id: 26, late: "at last" }], 5);
    const late = replacing({ replace_by: "swap", inference_rows: 5, read });
    await shop.load(late);
    const before = [await columnNames(db.client), await oidOf(db.client)];
    expect(before[0]).toMatch(/_sluice_run_id,late$/);
    expect(await shop.load(late)).toMatchObject({ outcome: "success" });
    expect(await columnNames(db.client)).toBe(before[0]);
    expect(await oidOf(db.client)).not.toBe(before[1]);
  });

  test("takes new and wider columns, and keeps indexes on them", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(replacing());
    await db.client.query("create index by_id on shop.orders (id)");
    const wider = [{ id: "x", name: "y", paid: null, more: 1 }];
    expect(await shop.load(replacing({ read: rowsSource(wider), replace_by: "swap" }))).toMatchObject({
      outcome: "success",
    });
    expect(await value(db.client, "select pg_get_indexdef('shop.by_id'::regclass)")).toContain("(id)");
    expect((await db.client.query("select id, more::int from shop.orders")).rows).toEqual([{ id: "x", more: 1 }]);
  });
});

const DEPENDENTS: [string, string][] = [
  ["a view", "create view shop.paid as select id from shop.orders where paid"],
  ["a materialised view", "create materialized view shop.paid as select id from shop.orders where paid"],
  [
    "a foreign key of another table",
    "alter table shop.orders add primary key (id); create table shop.lines (o bigint references shop.orders deferrable initially deferred)",
  ],
  [
    "a foreign key of its own",
    "create table shop.names (name text primary key); insert into shop.names select name from shop.orders; alter table shop.orders add foreign key (name) references shop.names",
  ],
  [
    "a trigger",
    "create function shop.nothing() returns trigger language plpgsql as 'begin return new; end'; create trigger t before insert on shop.orders for each row execute function shop.nothing()",
  ],
  ["a publication", "alter table shop.orders add primary key (id); create publication p for table shop.orders"],
  ["a child table", "create table shop.child () inherits (shop.orders)"],
  ["a function of its rows", "create function shop.f(shop.orders) returns text language sql as 'select $1.name'"],
  ["a column of its row type", "create table shop.other (o shop.orders)"],
  ["extended statistics", "create statistics shop.s on id, name from shop.orders"],
  ["a rule", "create rule r as on delete to shop.orders where old.id < 0 do instead nothing"],
  [
    "a policy of another table",
    "create table shop.other (id bigint); create policy p on shop.other using (id in (select id from shop.orders))",
  ],
  ["a serial column", "alter table shop.orders add column n serial"],
  ["an identity column", "alter table shop.orders add column n int generated by default as identity"],
];

describe("rows are exchanged and the table stays", () => {
  test.each(DEPENDENTS)("where %s hangs on it", async (_, sql) => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(replacing());
    await db.client.query(sql);
    const before = await oidOf(db.client);
    const refused = await shop.load(replacing({ replace_by: "swap" }));
    expect(refused.error).toMatchObject({
      code: "schema_unsupported",
      message: expect.stringContaining("would be lost"),
    });
    expect(await shop.load(replacing({ read: rowsSource(rows.slice(0, 4)) }))).toMatchObject({
      outcome: "success",
      inserted: 4,
    });
    expect(await oidOf(db.client)).toBe(before);
    expect(await value(db.client, "select count(*)::int from only shop.orders")).toBe(4);
  });

  test("where a column of its users stands among its own", async () => {
    await using db = await freshDatabase();
    await db.client.query(
      "create schema shop; create table shop.orders (mine text, paid boolean, name text, id bigint)",
    );
    const shop = loadingInto(db.address);
    const before = await oidOf(db.client);
    expect(await shop.load(replacing())).toMatchObject({ outcome: "success", inserted: 25 });
    expect(await oidOf(db.client)).toBe(before);
    expect(await columnNames(db.client)).toMatch(/^mine,paid,name,id,/);
  });

  test("on request", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(replacing());
    const before = await oidOf(db.client);
    for (const replace_by of ["rewrite", "truncate"] as const) {
      expect(await shop.load(replacing({ replace_by }))).toMatchObject({ outcome: "success", inserted: 25 });
      expect(await oidOf(db.client)).toBe(before);
      expect(await value(db.client, "select count(*)::int from shop.orders")).toBe(25);
    }
  });
});

describe("by truncate", () => {
  test("a table is made, emptied, widened and filled in one transaction", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const truncate = (read: StreamPlan["read"]) =>
      shop.load(replacing({ replace_by: "truncate", read, inference_rows: 5 }));
    expect(await truncate(rowsSource(rows))).toMatchObject({ outcome: "success", inserted: 25 });
    const wider = [...rows, { id: "x", name: "y", paid: true, more: 1 }];
    expect(await truncate(rowsSource(wider))).toMatchObject({ outcome: "success", inserted: 26 });
    expect(await value(db.client, "select more::int from shop.orders where id = 'x'")).toBe(1);
    expect(await truncate(rowsSource([]))).toMatchObject({ outcome: "success", inserted: 0 });
    expect(await value(db.client, "select count(*)::int from shop.orders")).toBe(0);
  });

  test("a failed read leaves the old rows", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(replacing());
    const failing = async function* () {
      yield* rowsSource(rows.slice(0, 3))({ cursor: undefined });
      throw new Error("gone");
    };
    expect(await shop.load(replacing({ replace_by: "truncate", read: failing }))).toMatchObject({ outcome: "failed" });
    expect(await value(db.client, "select count(*)::int from shop.orders")).toBe(25);
  });
});

describe("a full refresh of a merged table", () => {
  const plan = { mode: "merge" as const, primary_key: ["id"], full_refresh: true };

  test("puts a new table with a key in the old one's place", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load({ ...plan, full_refresh: false, read: rowsSource(rows) });
    await db.client.query("create index by_name on shop.orders (name)");
    const before = [await catalogue(db.client), await oidOf(db.client)];
    const again = [...rows.slice(0, 3), { id: 1, name: "last", paid: false }];
    const result = await shop.load({ ...plan, replace_by: "swap", read: rowsSource(again) });
    expect(result).toMatchObject({ outcome: "success", inserted: 3, deleted: 0 });
    expect(await catalogue(db.client)).toEqual(before[0]);
    expect(await oidOf(db.client)).not.toBe(before[1]);
    expect(await value(db.client, "select name from shop.orders where id = 1")).toBe("last");
    expect(
      await shop.load({ ...plan, full_refresh: false, read: rowsSource([...again, { id: 2, name: "more" }]) }),
    ).toMatchObject({ updated: 1 });
    expect(await value(db.client, "select count(*)::int from pg_tables where schemaname = '_sluice_staging'")).toBe(0);
  });

  test.each([undefined, "rewrite", "truncate"] as const)(
    "goes by versions and marks, under a view too (%s)",
    async (replace_by) => {
      await using db = await freshDatabase();
      const shop = loadingInto(db.address);
      const by = {
        ...plan,
        version_field: "v",
        deleted_field: "gone",
        ...(replace_by === undefined ? {} : { replace_by }),
      };
      await shop.load({ ...by, read: rowsSource([{ id: 7, v: 1, gone: false }]) });
      await db.client.query("create view shop.all_of_it as select * from shop.orders");
      const versions = [
        { id: 1, v: 2, gone: false },
        { id: 1, v: 1, gone: true },
        { id: 2, v: 1, gone: false },
        { id: 2, v: 2, gone: true },
      ];
      expect(await shop.load({ ...by, read: rowsSource(versions) })).toMatchObject({ outcome: "success", inserted: 1 });
      expect((await db.client.query("select id::int, v::int from shop.all_of_it")).rows).toEqual([{ id: 1, v: 2 }]);
    },
  );

  test("from a source that has become empty empties the table", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load({ ...plan, full_refresh: false, read: rowsSource(rows) });
    expect(await shop.load({ ...plan, read: rowsSource([]) })).toMatchObject({ outcome: "success" });
    expect(await value(db.client, "select count(*)::int from shop.orders")).toBe(0);
  });
});

test("of two that make the same new table at once one wins, and the other is told of a conflict and no more", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  let meanwhile: Promise<unknown> | undefined;
  const read = async function* () {
    yield* rowsSource(rows)({ cursor: undefined });
    meanwhile ??= shop.load(replacing({ read: rowsSource(rows.slice(0, 3)) }));
    await meanwhile;
  };
  expect((await shop.load(replacing({ read }))).error).toMatchObject({ code: "state_conflict" });
  expect(await value(db.client, "select count(*)::int from shop.orders")).toBe(3);
});

test("rows are exchanged also where a column's new type has nothing to do with its old one", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ mode: "replace", read: rowsSource([{ id: 1, a: "2026-01-02T03:04:05", b: 1 }]) });
  const result = await shop.load({ mode: "replace", full_refresh: true, read: rowsSource([{ id: 1, b: 1, a: 1.5 }]) });
  expect(result.error?.message).toBeUndefined();
  const { rows } = await db.client.query("select a::text from shop.orders");
  expect(rows).toEqual([{ a: "1.5" }]);
});
