import { randomBytes } from "node:crypto";
import type pg from "pg";
import { describe, expect, test } from "vitest";
import { connectPostgres } from "../../src/databases/postgres/client.ts";
import { loadsOf } from "../connectors/postgres-loads.ts";
import { adminAddress, asAdmin, freshDatabase } from "../harness/postgres.ts";
import { loadingInto, rowsSource } from "../pipelines/load/loading.ts";
import { rowDifferences } from "./comparison.ts";
import { copiesOf, LANES, SOME_WAYS } from "./copies.ts";

const columns = (count: number, type: string) =>
  Array.from({ length: count }, (_, i) => `c${i + 1} ${type}`).join(", ");

describe("a table with as many columns as Postgres allows", () => {
  test("is copied where there is room for it, and else refused by name before a row is read", {
    timeout: 300_000,
  }, async () => {
    await using copies = await copiesOf({
      streams: { "public.many": { primary_key: ["id"] } },
      schema: { metadata: false },
    });
    const { source, destination, namespaceOf, copy } = copies;
    await source.client.query(`create table many (id int primary key, lane int, ${columns(1598, "bool")});
      insert into many select i, i, ${Array.from({ length: 1598 }, (_, i) => ["true", "false", "null"][i % 3]).join(", ")} from generate_series(1, 2) i;`);
    for (const [lane, mode] of SOME_WAYS) {
      const { result } = await copy(lane, mode);
      const here = { client: destination.client, schema: namespaceOf(lane, mode), table: "many" };
      if (mode !== "merge") {
        expect([lane, mode, result.error?.message]).toEqual([lane, mode, undefined]);
        expect(await rowDifferences({ client: source.client, schema: "public", table: "many" }, here)).toEqual([]);
        continue;
      }
      expect(result.error).toMatchObject({ code: "schema_unsupported" });
      expect(result.error?.message).toContain(`${here.schema}.many`);
      expect(result.error?.message).toMatch(/1601 columns.*1600/);
    }
  });

  test("is refused by name where Sluice's own columns have no room", async () => {
    await using loads = await loadsOf({ source: `create table many (${columns(1599, "bool")})`, apart: true });
    const { result } = await loads.run();
    expect(result.error).toMatchObject({ code: "schema_unsupported" });
    expect(result.error?.message).toMatch(/shop\.many: 1601 columns.*1600.*metadata: false/);
    expect(await tablesOf(loads.destination.client)).toEqual([]);
  });
});

describe("what cannot be carried", () => {
  test.each(LANES)("is text that is not UTF-8: the stream is refused by its name, in the %s lane", async (lane) => {
    await using source = await asciiDatabase();
    await source.client.query("create table t (id int primary key, lane int, note text)");
    await source.client.query("insert into t values (1, 1, 'fine'), (2, 2, E'a\\xffb')");
    const { database } = source;
    const options = { copy_format: lane === "text" ? "text" : "binary" };
    await using loads = await loadsOf({ source: "", apart: true, address: { database }, options });
    const { client } = loads.destination;
    if (lane === "row") await client.query("create schema shop; create table shop.t (lane text)");
    const { result } = await loads.run();
    expect(result.error).toMatchObject({ code: "source_encoding" });
    expect(result.error?.message).toMatch(/public\.t: invalid byte sequence/);
    const { rows } = await client.query(
      "select count(*)::int as n from pg_class where relname = 't' and relkind = 'r'",
    );
    expect(rows).toEqual([{ n: lane === "row" ? 1 : 0 }]);
    if (lane === "row") expect((await client.query("table shop.t")).rows).toEqual([]);
  });

  test("is a key that the server cannot compare: the stream is refused by its name", async () => {
    await using db = await freshDatabase();
    const rows = [{ id: { a: 1 } }, { id: { a: 2 } }];
    await db.client.query("create schema shop; create table shop.orders (id json)");
    const loaded = await loadingInto(db.address).load({ mode: "merge", primary_key: ["id"], read: rowsSource(rows) });
    expect(loaded.error).toMatchObject({ code: "schema_unsupported" });
    expect(loaded.error?.message).toMatch(/shop\.orders: .*json/);
    expect((await db.client.query("select * from shop.orders")).rows).toEqual([]);
  });

  test.each([
    ["json", `'{"a": 1}'`],
    ["xml", "'<a/>'"],
    ["point", "'(1,2)'"],
    ["json[]", "array['1'::json]"],
  ])(
    "is a key of type %s from a table: the stream is refused by its name before anything is written",
    async (type, value) => {
      const source = `create table t (id ${type} not null, note text); insert into t values (${value}, 'a')`;
      const schema = { streams: { "public.t": { mode: "merge", primary_key: ["id"] } } };
      await using loads = await loadsOf({ source, apart: true, schema });
      const { result } = await loads.run();
      expect(result.error).toMatchObject({ code: "schema_unsupported" });
      expect(result.error?.message).toContain(`shop.t: id is of type ${type},`);
      expect(result.stats["public.t"]).toMatchObject({ rows_read: 0 });
      expect(await tablesOf(loads.destination.client)).toEqual([]);
    },
  );
});

test("a version that the server cannot compare is refused by its name", async () => {
  const source = "create table t (id int primary key, v point); insert into t values (1, '(1,2)')";
  const schema = { streams: { "public.t": { mode: "merge", primary_key: ["id"], version_field: "v" } } };
  await using loads = await loadsOf({ source, apart: true, schema });
  const { result } = await loads.run();
  expect(result.error).toMatchObject({ code: "schema_unsupported" });
  expect(result.error?.message).toContain("shop.t: v is of type point,");
});

async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query("select relname from pg_class where relnamespace = to_regnamespace('shop')");
  return rows.map(({ relname }) => relname);
}

/** Such a database takes any bytes for text. */
async function asciiDatabase(): Promise<{ client: pg.Client; database: string } & AsyncDisposable> {
  const database = `ascii_${randomBytes(4).toString("hex")}`;
  await asAdmin((admin) =>
    admin.query(`create database ${database} encoding 'SQL_ASCII' locale 'C' template template0`),
  );
  const client = await connectPostgres({ ...(await adminAddress()), database }, { application_name: "test" });
  return {
    ...{ client, database },
    async [Symbol.asyncDispose]() {
      await client.end();
      await asAdmin((admin) => admin.query(`drop database ${database}`));
    },
  };
}
