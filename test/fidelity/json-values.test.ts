import { describe, expect, test } from "vitest";
import { MAX_JSON_DEPTH } from "../../src/databases/postgres/json-cell.ts";
import { freshDatabase } from "../harness/postgres.ts";
import { loadingInto, rowsSource, textSource } from "../pipelines/load/loading.ts";
import { jsonMismatches } from "./json-comparison.ts";
import { linesSource } from "./json-lines.ts";

const nested = (depth: number, inner = "") => "[".repeat(depth) + inner + "]".repeat(depth);

describe("keys", () => {
  test.each(["append", "merge", "replace"] as const)(
    "that are names of Postgres's or Sluice's own columns get others, in %s",
    async (mode) => {
      await using db = await freshDatabase();
      const names = [
        "ctid",
        "xmin",
        "cmin",
        "xmax",
        "cmax",
        "tableoid",
        "_sluice_seq",
        "_sluice_run_id",
        "_sluice_loaded_at",
      ];
      const line = (id: number) =>
        JSON.stringify({ id, ...Object.fromEntries(names.map((name) => [name, `${name} ${id}`])) });
      const lines = [line(1), line(2)];
      const plan = { mode, primary_key: ["id"], read: linesSource(lines, 1) };
      expect(await loadingInto(db.address).load(plan)).toMatchObject({ outcome: "success", inserted: 2 });
      expect(await jsonMismatches(db.client, "orders", lines)).toEqual([]);
      const { rows } = await db.client.query(
        "select ctid_2, sluice_seq from (select ctid_2, _sluice_seq_2 as sluice_seq from shop.orders where id = 1) o",
      );
      expect(rows).toEqual([{ ctid_2: "ctid 1", sluice_seq: "_sluice_seq 1" }]);
    },
  );

  test("of any length, script and spelling keep a column of their own, also beside it, and in the next run", async () => {
    await using db = await freshDatabase();
    const keys = [
      "k".repeat(200),
      `${"k".repeat(199)}l`,
      "ü".repeat(40),
      `${"ü".repeat(39)}é`,
      "😀".repeat(40),
      "a".repeat(60),
    ];
    const record = (id: number, value: string) =>
      JSON.stringify({ id, ...Object.fromEntries(keys.map((key) => [key, value])) });
    const lines = [
      record(1, "2026-01-02T03:04:05Z"),
      record(2, "2026-01-03T03:04:05Z"),
      record(3, "yesterday"),
      record(4, "never"),
    ];
    const shop = loadingInto(db.address);
    for (const count of [2, 3, 4]) {
      const loaded = await shop.load({ read: linesSource(lines.slice(0, count), 1) });
      expect(loaded.error?.message).toBeUndefined();
    }
    expect(await jsonMismatches(db.client, "orders", lines)).toEqual([]);
  });

  test("that come twice in an object count with their last value, at any depth", async () => {
    await using db = await freshDatabase();
    await loadingInto(db.address).load({ read: linesSource(['{"id":1,"a":1,"a":2,"b":{"c":"x","c":[3]}}'], 1) });
    const { rows } = await db.client.query("select a::int, b from shop.orders");
    expect(rows).toEqual([{ a: 2, b: { c: [3] } }]);
  });

  test("with characters that no name can hold are columns all the same", async () => {
    await using db = await freshDatabase();
    const lines = [
      '{"id":1,"a\\u0000b":"nul","\\ud800":"half","x":{"\\u0000":1}}',
      '{"id":2,"a\\u0000b":"again","\\ud800":null}',
    ];
    const shop = loadingInto(db.address);
    expect(await shop.load({ read: linesSource(lines.slice(0, 1), 1), max_rejects: 1 })).toMatchObject({ rejected: 1 });
    expect(await shop.load({ read: linesSource(lines, 1), max_rejects: 1 })).toMatchObject({
      outcome: "success",
      inserted: 1,
    });
    const { rows } = await db.client.query("select id::int, a_b from shop.orders");
    expect(rows).toEqual([{ id: 2, a_b: "again" }]);
  });
});

describe("nesting", () => {
  const deepest = nested(MAX_JSON_DEPTH);
  const tooDeep = nested(MAX_JSON_DEPTH + 1);

  test.each([
    ["a jsonb column", '{"id":1,"v":[1]}'],
    ["a text column", '{"id":1,"v":"text"}'],
  ])("deeper than is stored is a reject, in %s, whatever else is in its batch", async (_, first) => {
    await using db = await freshDatabase();
    const lines = [
      first,
      `{"id":2,"v":${deepest}}`,
      `{"id":3,"v":${tooDeep}}`,
      '{"id":4,"v":["\\u0000"]}',
      `{"id":5,"v":${nested(100_000, "1e400")}}`,
    ];
    for (const [stream, size] of [
      ["together", 10],
      ["alone", 1],
    ] as const) {
      const plan = { stream, read: linesSource(lines, size), max_rejects: 3, inference_rows: 1 };
      expect(await loadingInto(db.address).load(plan)).toMatchObject({ outcome: "success", inserted: 2, rejected: 3 });
      expect(await jsonMismatches(db.client, stream, lines.slice(0, 2))).toEqual([]);
    }
    const { rows } = await db.client.query(
      "select reason from shop._sluice_rejects where stream = 'alone' order by position",
    );
    const reason = "v is nested more than 1000 levels deep";
    expect(rows.map((row) => row.reason)).toEqual([reason, expect.stringContaining("NUL"), reason]);
  });
});

describe("numbers", () => {
  test.each(["evolve", "warn", "freeze"] as const)(
    "that are whole are bigint, whether a double holds them or not, with drift %s",
    async (drift) => {
      await using db = await freshDatabase();
      const ids = ["9007199254740993", "9007199254740992", "-10000000000000000", "1152921504606847000"];
      const numbers = [9007199254740992, -10000000000000000, 1152921504606847000];
      const shop = loadingInto(db.address);
      await shop.load({ read: linesSource([`{"id":${ids[0]}}`], 10) });
      const lines = ids.map((id) => `{"id":${id}}`);
      const kept = { outcome: "success", rejected: 0, schema_changes: [] };
      expect(await shop.load({ drift, read: linesSource(lines, 10) })).toMatchObject({ ...kept, inserted: 3 });
      const read = rowsSource(numbers.map((id) => ({ id })));
      expect(await shop.load({ drift, stream: "other", table: "orders", read })).toMatchObject({
        ...kept,
        inserted: 3,
      });
      const { rows } = await db.client.query(
        "select id::text, pg_typeof(id)::text as type from shop.orders order by orders.id",
      );
      const wanted = [...ids, ...numbers.map(String)].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
      expect(rows).toEqual(wanted.map((id) => ({ id, type: "bigint" })));
    },
  );

  test("mean the same however they are spelt, few digits or many", async () => {
    await using db = await freshDatabase();
    const spelt = (id: number, n: string, key: string) => `{"id":${id},"n":${n},"k":${key}}`;
    const lines = [
      spelt(1, "1.50", "9223372036854775807"),
      spelt(2, "12345678901234567890.50", "9223372036854775807.0"),
      spelt(3, "12345678901234567890.000", "9223372036854775807.00"),
      spelt(4, "-0.12345678901234567890", "7"),
    ];
    expect(await loadingInto(db.address).load({ read: linesSource(lines, 2) })).toMatchObject({ rejected: 0 });
    const { rows } = await db.client.query(
      "select n::text, k, pg_typeof(k)::text as type from shop.orders order by id",
    );
    expect(rows.map(({ n }) => n)).toEqual([
      "1.5",
      "12345678901234567890.5",
      "12345678901234567890",
      "-0.1234567890123456789",
    ]);
    const whole = { k: "9223372036854775807", type: "bigint" };
    expect(rows.slice(0, 3)).toEqual([whole, whole, whole].map((row) => expect.objectContaining(row)));
  });

  test("with more digits than numeric has are kept as text, in lists beside them", async () => {
    await using db = await freshDatabase();
    const lines = [
      '{"id":1,"n":1e131071,"v":{"n":1e131071,"m":[1e-16383]}}',
      '{"id":2,"n":1e200000,"v":{"n":1e200000}}',
      '{"id":3,"n":1e-20000,"v":[{"deep":-1.5e-16383}]}',
      '{"id":4,"n":9007199254740993,"v":[9007199254740993, 0.1234567890123456789]}',
    ];
    const plan = { read: linesSource(lines, 2), inference_rows: 1 };
    expect(await loadingInto(db.address).load(plan)).toMatchObject({ outcome: "success", inserted: 4, rejected: 0 });
    const { rows } = await db.client.query(
      "select id::int, left(n, 8) as n, length(n) as length, v::text as v, v__text from shop.orders where id > 1 order by id",
    );
    expect(rows).toEqual([
      { id: 2, n: "1e200000", length: 8, v: null, v__text: '{"n":1e200000}' },
      { id: 3, n: "1e-20000", length: 8, v: null, v__text: '[{"deep":-1.5e-16383}]' },
      { id: 4, n: "90071992", length: 16, v: "[9007199254740993, 0.1234567890123456789]", v__text: null },
    ]);
  });
});

describe("text for a json column that is there already", () => {
  test("is taken as it is where the server takes it, and else kept beside it", async () => {
    await using db = await freshDatabase();
    await db.client.query("create schema shop; create table shop.orders (id int, b jsonb, j json)");
    const texts = [
      '{"a": 1.10}',
      '"\\u0000"',
      '["\\ud800"]',
      "1e200000",
      nested(5000),
      "{broken",
      '{"\\u0000": 1}',
      '"\\\\u0000"',
      '"\\ud83d\\ude80"',
    ];
    const read = textSource(
      ["id", "b", "j"],
      texts.map((text, id) => [String(id), text, text]),
    );
    expect(await loadingInto(db.address).load({ read })).toMatchObject({ outcome: "success", inserted: texts.length });
    const { rows } = await db.client.query(
      "select coalesce(j::text, j__text) as json, b::text is null as beside, b__text from shop.orders order by id",
    );
    expect(rows.map(({ json }) => json)).toEqual(texts);
    const beside = texts.map((text, at) => ([0, 7, 8].includes(at) ? null : text));
    expect(rows.map((row) => row.b__text)).toEqual(beside);
    expect(rows.map((row) => row.beside)).toEqual(beside.map((text) => text !== null));
  });
});

test("a load that is stopped before it knows its columns leaves them to the next one", async () => {
  await using db = await freshDatabase();
  const rows = [
    { id: 1, at: "2026-01-02" },
    { id: 2, at: "2026-01-02T03:04:05Z" },
    { id: 3, at: "yesterday" },
  ];
  const shop = loadingInto(db.address);
  const stopping = new AbortController();
  const read = async function* (start: { cursor: unknown }) {
    for await (const batch of rowsSource(rows, 1)(start as never)) {
      if (batch.cursor === "3") stopping.abort();
      yield batch;
    }
  };
  expect(await shop.load({ read, inference_rows: 10 }, { signal: stopping.signal })).toMatchObject({
    outcome: "cancelled",
  });
  expect(await shop.load({ read: rowsSource(rows), inference_rows: 10 })).toMatchObject({
    inserted: 3,
    schema_changes: [],
  });
  expect((await db.client.query("select at from shop.orders order by id")).rows).toEqual(
    rows.map(({ at }) => ({ at })),
  );
});
