import { expect, test } from "vitest";
import type { JointPart, Row } from "../../../src/connector/define-connector.ts";
import type { JointStart } from "../../../src/pipelines/load/joint-load.ts";
import type { StreamPlan, StreamResult } from "../../../src/pipelines/load/plan.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { type Loading, loadingInto, planOf } from "./loading.ts";

type Script = (start: JointStart) => Iterable<JointPart> | AsyncIterable<JointPart>;

const rows = (stream: string, ...given: Row[]): JointPart => ({ kind: "rows", stream, batch: { rows: given } });
const table = (stream: string): JointPart => ({
  ...{ kind: "columns", stream, columns: [{ name: "id", type: "bigint", nullable: true }] },
});
/** Parts are read one ahead of the one in hand: after two of these, all before them have been dealt with. */
const nothing: JointPart = { kind: "columns", stream: "b", columns: [] };
const cursor = (global: string, streams: Record<string, string> = {}): JointPart => ({
  ...{ kind: "cursor", global: { at: global }, streams },
});

/** Every part may be the last of its checkpoint. */
const EAGER = { checkpoint_ms: 0 };

async function loadJointly(
  shop: Loading,
  streams: readonly Partial<StreamPlan>[],
  script: Script,
  signal: AbortSignal = new AbortController().signal,
): Promise<StreamResult[]> {
  const session = await shop.session((await shop.state()) ?? undefined);
  const unread: StreamPlan["read"] = () => {
    throw new Error("a stream was read by itself");
  };
  const plans = streams.map((plan) => planOf({ ...EAGER, read: unread, ...plan }));
  try {
    return await session.loadJointly({ plans, read: (start) => asyncly(script(start)) }, signal);
  } finally {
    await session.close();
  }
}

async function* asyncly(parts: Iterable<JointPart> | AsyncIterable<JointPart>): AsyncGenerator<JointPart> {
  yield* parts;
}

test("rows of several streams and one cursor for all of them commit together", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const seen: unknown[] = [];
  const results = await loadJointly(shop, [{ stream: "a" }, { stream: "b" }], async function* () {
    yield table("a");
    yield table("b");
    yield rows("a", { id: 1 }, { id: 2 });
    yield rows("b", { id: 10 });
    yield rows("a", { id: 3 });
    yield cursor("one", { a: "a1" });
    yield rows("b", { id: 11 });
    yield nothing;
    seen.push((await db.client.query("select count(*)::int as n from shop.a")).rows[0].n);
    seen.push((await db.client.query("select scope, cursor from _sluice.state order by scope")).rows);
    yield cursor("two");
  });
  expect(results).toMatchObject([
    { stream: "a", outcome: "success", inserted: 3, cursor_after: "a1" },
    { stream: "b", outcome: "success", inserted: 2 },
  ]);
  expect(seen).toEqual([
    3,
    [
      { scope: "*", cursor: { at: "one" } },
      { scope: "a", cursor: "a1" },
      { scope: "b", cursor: null },
    ],
  ]);
  const { rows: state } = await db.client.query("select cursor from _sluice.state where scope = '*'");
  expect(state).toEqual([{ cursor: { at: "two" } }]);
});

test("a cursor never commits before the rows that it speaks of, nor rows that came after it", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const failing = await loadJointly(shop, [{ stream: "a" }, { stream: "b" }], function* () {
    yield table("a");
    yield table("b");
    yield rows("a", { id: 1 });
    yield rows("b", { id: 10 });
    yield cursor("one");
    yield rows("a", { id: 2 });
    yield rows("b", { id: 11 });
    throw new Error("the tap died");
  });
  expect(failing).toMatchObject([{ outcome: "failed" }, { outcome: "failed", error: { code: "source_failed" } }]);
  const starts: JointStart[] = [];
  await loadJointly(shop, [{ stream: "a" }, { stream: "b" }], function* (start) {
    starts.push(start);
    yield rows("a", { id: 2 });
    yield rows("b", { id: 11 });
    yield cursor("two");
  });
  expect(starts).toMatchObject([{ global: { at: "one" } }]);
  const found = await db.client.query("select id::int from shop.a union all select id::int from shop.b order by 1");
  expect(found.rows.map(({ id }) => id)).toEqual([1, 2, 10, 11]);
});

test("a cursor of one stream waits for the others to be at theirs", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const counts: number[] = [];
  const count = async () => {
    const { rows: tables } = await db.client.query("select to_regclass('shop.a') is not null as there");
    counts.push(tables[0].there ? (await db.client.query("select count(*)::int as n from shop.a")).rows[0].n : 0);
  };
  await loadJointly(shop, [{ stream: "a" }, { stream: "b" }], async function* () {
    yield table("a");
    yield table("b");
    yield rows("a", { id: 1 });
    yield rows("b", { id: 10 });
    yield { kind: "cursor", of: "a", streams: { a: 1 } };
    yield nothing;
    yield nothing;
    await count();
    yield { kind: "cursor", of: "b", streams: { b: 1 } };
    yield nothing;
    yield nothing;
    await count();
  });
  expect(counts).toEqual([0, 1]);
});

test("declared columns are there before their first value, get names as ours, and grow when the source says so", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const column = (name: string, type: string) => ({ name, type, nullable: true });
  await loadJointly(shop, [{ stream: "a", mode: "merge", primary_key: ["Id"] }], function* () {
    yield { kind: "columns", stream: "a", columns: [column("Id", "bigint"), column("unitPrice", "numeric(10,2)")] };
    yield rows("a", { Id: 1 });
    yield cursor("one");
    yield { kind: "columns", stream: "a", columns: [column("Id", "bigint"), column("madeAt", "timestamptz")] };
    yield rows("a", { Id: 1, unitPrice: 2.5, madeAt: "2026-01-02T03:04:05Z" });
    yield cursor("two");
  });
  const { rows: columns } = await db.client.query(
    "select column_name, data_type from information_schema.columns where table_name = 'a' and column_name !~ '^_sluice' order by ordinal_position",
  );
  expect(columns).toEqual([
    { column_name: "id", data_type: "bigint" },
    { column_name: "unit_price", data_type: "numeric" },
    { column_name: "made_at", data_type: "timestamp with time zone" },
  ]);
  expect((await db.client.query("select id::int, unit_price::text from shop.a")).rows).toEqual([
    { id: 1, unit_price: "2.50" },
  ]);
});

test("a stream without rows has its table all the same", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  for (const mode of ["append", "merge", "replace"] as const) {
    await loadJointly(shop, [{ stream: mode, mode, primary_key: mode === "merge" ? ["id"] : [] }], function* () {
      yield { kind: "columns", stream: mode, columns: [{ name: "id", type: "bigint", nullable: false }] };
      yield cursor("one");
    });
    expect((await db.client.query(`select id from shop.${mode}`)).rows).toEqual([]);
  }
});

test("a replaced table takes its place with the end of the read, or when the source says that it is complete", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const streams = [{ stream: "a", mode: "replace" as const }, { stream: "b" }];
  const counts: string[] = [];
  const look = async () => {
    const { rows: found } = await db.client.query("select string_agg(id::text, ',' order by id) as ids from shop.a");
    counts.push(found[0].ids);
  };
  await loadJointly(shop, streams, () => [rows("a", { id: 1 }), rows("b", { id: 1 }), cursor("one")]);
  await loadJointly(shop, streams, async function* () {
    yield rows("a", { id: 2 });
    yield cursor("two");
    yield rows("b", { id: 2 });
    yield cursor("three");
    yield nothing;
    yield nothing;
    await look();
    yield { kind: "complete", stream: "a" };
    yield cursor("four");
    yield rows("b", { id: 3 });
    yield nothing;
    await look();
    yield { kind: "columns", stream: "a", columns: [{ name: "id", type: "bigint", nullable: true }] };
    yield cursor("five");
  });
  await look();
  expect(counts).toEqual(["1", "2", "2"]);
  expect((await db.client.query("select count(*)::int as n from shop.b")).rows).toEqual([{ n: 3 }]);
  const failed = await loadJointly(shop, streams, function* () {
    yield rows("a", { id: 9 });
    yield cursor("six");
    throw new Error("the tap died");
  });
  expect(failed[0]).toMatchObject({ outcome: "failed" });
  await look();
  expect(counts.at(-1)).toBe("2");
  expect((await db.client.query("select cursor from _sluice.state where scope = '*'")).rows).toEqual([
    { cursor: { at: "five" } },
  ]);
});

test("a stream that begins anew loses the rows that it had, by merge and by append", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const streams = [
    { stream: "m", mode: "merge" as const, primary_key: ["id"] },
    { stream: "a", mode: "append" as const },
  ];
  await loadJointly(shop, streams, () => [rows("m", { id: 1 }), rows("a", { id: 1 }), cursor("one")]);
  await loadJointly(shop, streams, function* () {
    for (const { stream } of streams) {
      yield rows(stream, { id: 5 });
      yield { kind: "begins_anew", stream };
      yield rows(stream, { id: 2 }, { id: 3 });
    }
    yield cursor("two");
  });
  const found = await db.client.query(
    "select 'm' as t, id::int from shop.m union all select 'a', id from shop.a order by 1, 2",
  );
  expect(found.rows.map(({ t, id }) => `${t}${id}`)).toEqual(["a2", "a3", "m2", "m3"]);
  const { rows: staged } = await db.client.query("select * from pg_tables where schemaname = '_sluice_staging'");
  expect(staged).toEqual([]);
});

test("two loads from the same cursor: the second to commit is refused as a whole", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const results = await loadJointly(shop, [{ stream: "a" }, { stream: "b" }], async function* () {
    yield rows("a", { id: 1 });
    yield rows("b", { id: 1 });
    await loadJointly(loadingInto(db.address, shop.connectionId), [{ stream: "c" }], () => [
      rows("c", { id: 1 }),
      cursor("other"),
    ]);
    yield cursor("one");
  });
  expect(results[0]).toMatchObject({ outcome: "failed", error: { code: "state_conflict" } });
  expect((await db.client.query("select to_regclass('shop.a') as a")).rows).toEqual([{ a: null }]);
});

test("a cancelled load keeps what a cursor has spoken of and drops the rest", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const stop = new AbortController();
  const script: Script = function* () {
    yield table("a");
    yield rows("a", { id: 1 });
    yield cursor("one");
    yield rows("a", { id: 2 });
    stop.abort();
    yield rows("a", { id: 3 });
  };
  const results = await loadJointly(shop, [{ stream: "a" }], script, stop.signal);
  expect(results).toMatchObject([{ outcome: "cancelled", inserted: 1 }]);
  expect((await db.client.query("select id::int from shop.a")).rows).toEqual([{ id: 1 }]);
});

test("one stream's rows that cannot be stored end the load; the others are not blamed", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const results = await loadJointly(shop, [{ stream: "a" }, { stream: "b" }], function* () {
    yield rows("a", { id: 1 });
    yield { kind: "columns", stream: "b", columns: [{ name: "id", type: "bigint", nullable: true }] };
    yield rows("b", { id: 1, note: "a\0b" });
    yield cursor("one");
  });
  expect(results).toMatchObject([
    { stream: "a", outcome: "cancelled" },
    { stream: "b", outcome: "failed", error: { code: "too_many_rejects" } },
  ]);
});

test("a stream that cannot be begun fails the load, and so do those that come after it", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const streams = [{ stream: "a", nested: "tables" as const }, { stream: "b" }];
  const results = await loadJointly(shop, streams, () => [rows("b", { id: 1 })]);
  expect(results).toMatchObject([
    { stream: "a", outcome: "failed", error: { code: "schema_unsupported" } },
    { stream: "b", outcome: "failed" },
  ]);
});
