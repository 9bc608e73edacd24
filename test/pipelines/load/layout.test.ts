import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { to as copyTo } from "pg-copy-streams";
import { describe, expect, test } from "vitest";
import type { Batch, Mode, RowForm, SourceColumn } from "../../../src/connector/define-connector.ts";
import { BINARY_HEADER } from "../../../src/databases/postgres/copy.ts";
import type { ReadStart, StreamPlan } from "../../../src/pipelines/load/plan.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { loadingInto } from "./loading.ts";

const TYPES = {
  id: "bigint",
  name: "character varying(20)",
  price: "numeric(10,2)",
  spans: "interval",
  tags: "text[]",
  period: "int4range",
  seen: "timestamp with time zone",
  ok: "boolean",
  raw: "bytea",
};

const ROWS = `insert into source select i, 'näme ' || i || E'\\t\\\\', i * 1.5, i * interval '1 day 2 hours',
  array['a', null, 'c' || i], int4range(i, i + 5), timestamptz '2026-01-01' + i * interval '1 hour', i % 2 = 0,
  decode(lpad(to_hex(i), 8, '0'), 'hex') from generate_series(1, 500) i union all select 501, null, 'NaN', null, null, 'empty', 'infinity', null, ''`;

async function makeSource(client: pg.Client, types: Record<string, string> = TYPES): Promise<void> {
  await client.query(`create table source (${Object.entries(types).map(([name, type]) => `"${name}" ${type}`)})`);
}

interface CopySource {
  read: StreamPlan["read"];
  forms: RowForm[];
}

/** Copies the table `source` of the same database in the form that is wanted. */
function copySource(client: pg.Client, changes: Record<string, Partial<SourceColumn>> = {}): CopySource {
  const forms: RowForm[] = [];
  async function* read({ layout }: ReadStart): AsyncGenerator<Batch> {
    const columns = await columnsOf(client);
    const form = layout(columns.map((column) => ({ ...column, ...changes[column.name] })));
    forms.push(form);
    const names = columns.map(({ name }) => name);
    const list = names.map((name) => `"${name}"`).join(", ");
    if (form === "values") {
      const { rows } = await client.query({
        text: `select ${list} from source order by 1`,
        rowMode: "array",
        types: asText,
      });
      const untyped = columns.map(({ type }) => type !== "boolean");
      yield {
        columns: names,
        values: rows.map((row) => row.map((v, i) => (untyped[i] ? v : v && v === "t"))),
        untyped,
        cursor: "1",
      };
      return;
    }
    const bytes = await copied(client, `copy (select ${list} from source) to stdout (format ${form.slice(5)})`);
    const copy = form === "copy_binary" ? bytes.subarray(BINARY_HEADER.length, -2) : bytes;
    const half = copy.length >> 1;
    const { rows } = await client.query("select count(*)::int as n from source");
    yield { copy: copy.subarray(0, half), count: 0 };
    yield { copy: copy.subarray(half), count: rows[0].n, cursor: "1" };
  }
  return { read, forms };
}

const asText = { getTypeParser: () => (text: string | Buffer) => text };

async function columnsOf(client: pg.Client): Promise<SourceColumn[]> {
  const { rows } = await client.query(
    `select attname as name, format_type(atttypid, atttypmod) as type, not attnotnull as nullable, true as binary
     from pg_attribute where attrelid = 'source'::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
  return rows;
}

async function copied(client: pg.Client, sql: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await pipeline(client.query(copyTo(sql)), async (stream: AsyncIterable<Buffer>) => {
    for await (const chunk of stream) chunks.push(chunk);
  });
  return Buffer.concat(chunks);
}

async function differences(client: pg.Client): Promise<unknown[]> {
  const list = (await columnsOf(client)).map(({ name }) => `"${name}"::text`).join(", ");
  const { rows } = await client.query(
    `(select ${list} from source except all select ${list} from shop.orders)
     union all (select ${list} from shop.orders except all select ${list} from source)`,
  );
  return rows;
}

async function typesOf(client: pg.Client): Promise<Record<string, string>> {
  const { rows } = await client.query(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = 'shop.orders'::regclass and attnum > 0 and not attisdropped and attname not like '\\_sluice%'`,
  );
  return Object.fromEntries(rows.map(({ name, type }) => [name, type]));
}

describe("a source that declares its columns", () => {
  test.each([
    ["append", "copy_binary"],
    ["replace", "copy_binary"],
    ["merge", "copy_binary"],
    ["append", "copy_text"],
    ["replace", "copy_text"],
    ["merge", "copy_text"],
  ] as [Mode, RowForm][])("gives its own columns and rows to the table by %s as %s", async (mode, form) => {
    await using database = await freshDatabase();
    const { client, address } = database;
    await makeSource(client);
    await client.query(ROWS);
    const key = { id: { nullable: false } };
    const source = copySource(client, form === "copy_text" ? { ...key, name: { binary: false } } : key);
    const { load, events } = loadingInto(address);
    const result = await load({ mode, primary_key: ["id"], read: source.read });
    expect(result).toMatchObject({ outcome: "success", inserted: 501, rows_read: 501 });
    expect(source.forms).toEqual([form]);
    expect(await typesOf(client)).toEqual(TYPES);
    expect(await differences(client)).toEqual([]);
    expect(events.find(({ kind }) => kind === "stream.layout")?.data).toEqual({ form, columns: 9, reason: null });
  });

  test("finds its columns again in the next run, whatever their types", async () => {
    await using database = await freshDatabase();
    const { client, address } = database;
    await makeSource(client);
    await client.query(ROWS);
    const { load } = loadingInto(address);
    const source = copySource(client);
    await load({ read: source.read });
    expect(await load({ read: source.read })).toMatchObject({ outcome: "success", schema_changes: [] });
    expect(source.forms).toEqual(["copy_binary", "copy_binary"]);
    expect((await client.query("select count(*)::int as n from shop.orders")).rows).toEqual([{ n: 1002 }]);
  });

  test("makes an empty table of an empty one", async () => {
    await using database = await freshDatabase();
    await makeSource(database.client);
    const { load } = loadingInto(database.address);
    for (const mode of ["append", "replace", "merge"] as const) {
      const source = copySource(database.client, { id: { nullable: false } });
      expect(await load({ mode, primary_key: ["id"], read: source.read })).toMatchObject({ outcome: "success" });
      expect(await typesOf(database.client)).toEqual(TYPES);
      await database.client.query("drop table shop.orders");
    }
  });

  test("is read value by value where the table's types differ, with the same values in the end", async () => {
    await using database = await freshDatabase();
    const { client, address } = database;
    await makeSource(client);
    await client.query(ROWS);
    await client.query(
      "create schema shop; create table shop.orders (id numeric, name text, price text, spans interval, tags text[], period text, seen text, ok text, raw bytea)",
    );
    const source = copySource(client);
    const { load, events } = loadingInto(address);
    expect(await load({ read: source.read })).toMatchObject({ outcome: "success", inserted: 501 });
    expect(source.forms).toEqual(["values"]);
    expect(await differences(client)).toEqual([]);
    const reason = "id is bigint at the source and numeric in the table";
    expect(events.find(({ kind }) => kind === "stream.layout")?.data).toMatchObject({ form: "values", reason });
  });

  test("takes the table along when its own types grow, and stays with bytes", async () => {
    await using database = await freshDatabase();
    const { client, address } = database;
    await makeSource(client, { id: "integer", name: "character varying(5)", price: "numeric(6,2)" });
    await client.query("insert into source values (1, 'a', 1.5)");
    const { load } = loadingInto(address);
    const source = copySource(client);
    await load({ mode: "append", read: source.read });
    await client.query(
      "alter table source alter id type bigint, alter name type varchar(9), alter price type numeric(9,2), add note jsonb; update source set note = '{}'",
    );
    const result = await load({ read: source.read });
    expect(result.schema_changes.map(({ column, change, to }) => [column, change, to])).toEqual([
      ["id", "widen", "bigint"],
      ["name", "widen", "character varying(9)"],
      ["price", "widen", "numeric(9,2)"],
      ["note", "add", "jsonb"],
    ]);
    expect(source.forms).toEqual(["copy_binary", "copy_binary"]);
    expect(
      (await client.query("select id, name, price, note from shop.orders order by note nulls first")).rows,
    ).toEqual([
      { id: "1", name: "a", price: "1.50", note: null },
      { id: "1", name: "a", price: "1.50", note: {} },
    ]);
  });

  test("keeps new columns out where the drift policy says so", async () => {
    await using database = await freshDatabase();
    const { client, address } = database;
    await makeSource(client, { id: "integer" });
    await client.query("insert into source values (1)");
    const { load } = loadingInto(address);
    const source = copySource(client);
    await load({ read: source.read });
    await client.query("alter table source add note text default 'new'");
    expect(await load({ read: source.read, drift: "warn" })).toMatchObject({ outcome: "success", inserted: 1 });
    expect(source.forms).toEqual(["copy_binary", "values"]);
    expect(await typesOf(client)).toEqual({ id: "integer" });
    const frozen = await load({ read: source.read, drift: "freeze" });
    expect(frozen).toMatchObject({ outcome: "failed", error: { code: "schema_frozen" } });
  });

  test("has rows with an empty key rejected, as other sources do", async () => {
    await using database = await freshDatabase();
    const { client, address } = database;
    await makeSource(client, { id: "integer", name: "text" });
    await client.query("insert into source values (1, 'a'), (null, 'b')");
    const source = copySource(client);
    const result = await loadingInto(address).load({
      mode: "merge",
      primary_key: ["id"],
      read: source.read,
      max_rejects: 1,
    });
    expect(result).toMatchObject({ outcome: "success", inserted: 1, rejected: 1 });
    expect(source.forms).toEqual(["values"]);
  });

  test("has every row rejected whose key the source has not at all", async () => {
    await using database = await freshDatabase();
    const { client, address } = database;
    await makeSource(client, { id: "integer" });
    await client.query("insert into source values (1)");
    const plan = { mode: "merge" as const, primary_key: ["nr"], read: copySource(client).read };
    const result = await loadingInto(address).load(plan);
    expect(result.error).toMatchObject({ code: "too_many_rejects", message: expect.stringContaining("the key nr") });
  });

  test.each([false, true])("goes by versions and marks as other rows do (history: %s)", async (keep_history) => {
    await using database = await freshDatabase();
    const { client, address } = database;
    await makeSource(client, { id: "integer", place: "point", doc: "json", gone: "boolean", v: "integer" });
    await client.query(
      `insert into source values (1, '(1,2)', '{"a":1}', false, 2), (2, '(1,2)', '{"a": 1}', false, 2), (3, null, null, null, 2)`,
    );
    const source = copySource(client, { id: { nullable: false } });
    const plan = {
      mode: "merge" as const,
      primary_key: ["id"],
      version_field: "v",
      deleted_field: "gone",
      keep_history,
    };
    const { load } = loadingInto(address);
    expect(await load({ ...plan, read: source.read })).toMatchObject({ outcome: "success", inserted: 3 });
    await client.query(
      `update source set gone = true where id = 1; update source set doc = '{"a":1}' where id = 2; update source set v = 1, gone = true where id = 3`,
    );
    expect(await load({ ...plan, read: source.read })).toMatchObject({
      inserted: 0,
      updated: 1,
      deleted: 1,
      unchanged: 1,
    });
    expect(source.forms).toEqual(["copy_binary", "copy_binary"]);
    const current = keep_history ? "where _sluice_valid_to is null" : "";
    const { rows } = await client.query(`select id, doc::text, v from shop.orders ${current} order by id`);
    expect(rows).toEqual([
      { id: 2, doc: '{"a":1}', v: 2 },
      { id: 3, doc: null, v: 2 },
    ]);
  });

  test("fails with the table's own words when a row breaks one of its rules, and nothing of it stays", async () => {
    await using database = await freshDatabase();
    const { client, address } = database;
    await makeSource(client, { id: "integer" });
    await client.query("insert into source values (1), (2), (2)");
    await client.query("create schema shop; create table shop.orders (id integer unique)");
    const result = await loadingInto(address).load({ read: copySource(client).read });
    expect(result).toMatchObject({ outcome: "failed", inserted: 0, error: { code: "destination_refused" } });
    expect((await client.query("select id from shop.orders")).rows).toEqual([]);
  });
});
