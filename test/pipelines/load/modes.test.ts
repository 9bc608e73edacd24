import { expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource, unorderedSource } from "./loading.ts";

const rows = Array.from({ length: 25 }, (_, i) => ({ id: i + 1, name: `n${i + 1}`, paid: i % 2 === 0 }));

async function contents(client: { query(sql: string): Promise<{ rows: unknown[] }> }, sql: string) {
  return (await client.query(sql)).rows;
}

test("append loads every row once and continues from its cursor", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const first = await shop.load({ read: rowsSource(rows.slice(0, 15)) });
  expect(first).toMatchObject({
    outcome: "success",
    rows_read: 15,
    rows_written: 15,
    inserted: 15,
    cursor_after: "15",
  });
  const second = await shop.load({ read: rowsSource(rows) });
  expect(second).toMatchObject({
    outcome: "success",
    rows_read: 10,
    inserted: 10,
    cursor_before: "15",
    cursor_after: "25",
  });
  const third = await shop.load({ read: rowsSource(rows) });
  expect(third).toMatchObject({ outcome: "success", rows_read: 0, inserted: 0 });
  expect(await contents(db.client, "select id::int, name, paid from shop.orders order by id")).toEqual(rows);
  expect(shop.events.filter((event) => event.kind === "checkpoint.commit")).toHaveLength(2);
});

test("the cursor moves by compare-and-set, one revision a commit", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource(rows.slice(0, 5)) });
  await shop.load({ read: rowsSource(rows) });
  const state = await contents(db.client, "select scope, cursor::text, revision::int from _sluice.state");
  expect(state).toEqual([{ scope: "orders", cursor: '"25"', revision: 2 }]);
});

test("two loads that read the same cursor cannot both commit", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const read = async function* (start: { cursor: unknown }) {
    for await (const batch of rowsSource(rows)(start as never)) {
      await shop.load({ read: rowsSource(rows) });
      yield batch;
    }
  };
  const late = await shop.load({ read });
  expect(late.outcome).toBe("failed");
  expect(late.error?.code).toBe("state_conflict");
  expect(await contents(db.client, "select count(*)::int as n from shop.orders")).toEqual([{ n: 25 }]);
});

test("an unordered append becomes visible at its end, all of it with the cursor", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const failing = async function* (start: { cursor: unknown }) {
    yield* unorderedSource(rows, "done")(start as never);
    throw new Error("the last page is missing");
  };
  const failed = await shop.load({ read: failing, ordered: false });
  expect(failed).toMatchObject({ outcome: "failed", rows_written: 0, error: { code: "source_failed" } });
  expect(await contents(db.client, "select to_regclass('shop.orders')::text as t")).toEqual([{ t: null }]);
  const loaded = await shop.load({ read: unorderedSource(rows, "done"), ordered: false });
  expect(loaded).toMatchObject({ outcome: "success", inserted: 25, cursor_after: "done" });
  const again = await shop.load({ read: unorderedSource(rows, "done"), ordered: false });
  expect(again).toMatchObject({ outcome: "success", inserted: 0 });
  expect(await contents(db.client, "select count(*)::int as n from shop.orders")).toEqual([{ n: 25 }]);
  expect(
    await contents(db.client, "select count(*)::int as n from pg_tables where schemaname = '_sluice_staging'"),
  ).toEqual([{ n: 0 }]);
});

test("merge keeps the last version of each key and rewrites only what differs", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const plan = { mode: "merge" as const, primary_key: ["id"] };
  const first = await shop.load({ ...plan, read: rowsSource([...rows, { id: 3, name: "again", paid: null }]) });
  expect(first).toMatchObject({ outcome: "success", rows_read: 26, inserted: 25, updated: 0 });
  const changes = [
    { id: 1, name: "n1", paid: true },
    { id: 2, name: "changed", paid: false },
    { id: 99, name: "new", paid: true },
  ];
  const second = await shop.load({ ...plan, read: unorderedSource(changes, "next"), ordered: false });
  expect(second).toMatchObject({ outcome: "success", inserted: 1, updated: 1 });
  const some = await contents(
    db.client,
    "select id::int, name, paid from shop.orders where id in (1, 2, 3, 99) order by id",
  );
  expect(some).toEqual([changes[0], changes[1], { id: 3, name: "again", paid: null }, changes[2]]);
});

test.each([true, false])("rows are stored too when their cursor has not moved (ordered: %s)", async (ordered) => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const plan = { mode: "merge" as const, primary_key: ["id"], ordered };
  const read = (...ids: number[]) =>
    async function* () {
      yield { rows: ids.map((id) => ({ id })), cursor: "2026-11-20T10:00:00Z" };
    };
  await shop.load({ ...plan, read: read(1) });
  expect(await shop.load({ ...plan, read: read(1, 2) })).toMatchObject({ outcome: "success", inserted: 1 });
  expect(await contents(db.client, "select id::int from shop.orders order by id")).toEqual([{ id: 1 }, { id: 2 }]);
});

test("merge refuses rows whose key is null or missing", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const plan = { mode: "merge" as const, primary_key: ["id"] };
  const odd = [{ id: 1, name: "a" }, { id: null, name: "b" }, { name: "c" }];
  const failed = await shop.load({ ...plan, read: rowsSource(odd) });
  expect(failed.error?.code).toBe("too_many_rejects");
  const loaded = await shop.load({ ...plan, read: rowsSource(odd), max_rejects: 2 });
  expect(loaded).toMatchObject({ outcome: "success", inserted: 1, rejected: 2 });
  const rejects = await contents(db.client, "select position, reason from shop._sluice_rejects order by position");
  expect(rejects).toEqual([
    { position: "row 2", reason: "the key id is missing or null" },
    { position: "row 3", reason: "the key id is missing or null" },
  ]);
});

test("replace swaps the whole table, and an empty result is a result", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ mode: "replace", read: rowsSource(rows) });
  const second = await shop.load({ mode: "replace", read: rowsSource(rows.slice(0, 4)) });
  expect(second).toMatchObject({ outcome: "success", inserted: 4 });
  expect(await contents(db.client, "select count(*)::int as n from shop.orders")).toEqual([{ n: 4 }]);
  await shop.load({ mode: "replace", read: rowsSource([]) });
  expect(await contents(db.client, "select count(*)::int as n from shop.orders")).toEqual([{ n: 0 }]);
});

test("a replace that fails leaves the old rows and the old cursor", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ mode: "replace", read: rowsSource(rows.slice(0, 4)) });
  const failing = async function* () {
    yield* rowsSource(rows)({ cursor: undefined });
    throw new Error("gone");
  };
  const failed = await shop.load({ mode: "replace", read: failing });
  expect(failed.outcome).toBe("failed");
  expect(await contents(db.client, "select count(*)::int as n from shop.orders")).toEqual([{ n: 4 }]);
  expect(await contents(db.client, "select cursor::text from _sluice.state")).toEqual([{ cursor: '"4"' }]);
});

test("replace keeps a view and grants on the table, and exchanges the rows under them", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ mode: "replace", read: rowsSource(rows) });
  await db.client.query("create view shop.paid as select * from shop.orders where paid");
  await db.client.query("grant select on shop.orders to public");
  const loaded = await shop.load({
    mode: "replace",
    read: rowsSource([{ id: 1, name: "x", paid: true, extra: "new" }]),
  });
  expect(loaded).toMatchObject({ outcome: "success", inserted: 1 });
  expect(await contents(db.client, "select id::int, name from shop.paid")).toEqual([{ id: 1, name: "x" }]);
  expect(await contents(db.client, "select extra from shop.orders")).toEqual([{ extra: "new" }]);
});

test("a full refresh of an append starts over and ends with one copy of each row", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource(rows) });
  const refreshed = await shop.load({ read: rowsSource(rows), full_refresh: true });
  expect(refreshed).toMatchObject({ outcome: "success", inserted: 25, cursor_after: "25" });
  expect(await contents(db.client, "select count(*)::int as n from shop.orders")).toEqual([{ n: 25 }]);
  const next = await shop.load({ read: rowsSource([...rows, { id: 26, name: "n26", paid: true }]) });
  expect(next).toMatchObject({ inserted: 1 });
});

test("a full refresh of a merge drops rows that the source no longer has", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const plan = { mode: "merge" as const, primary_key: ["id"] };
  await shop.load({ ...plan, read: rowsSource(rows) });
  await shop.load({ ...plan, read: rowsSource([...rows.slice(0, 3), ...rows.slice(0, 1)]), full_refresh: true });
  expect(await contents(db.client, "select id::int from shop.orders order by id")).toEqual([
    { id: 1 },
    { id: 2 },
    { id: 3 },
  ]);
});

test("a cancelled load keeps what was committed and continues there", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const stop = new AbortController();
  const many = Array.from({ length: 5000 }, (_, i) => ({ id: i }));
  const read = async function* (start: { cursor: unknown }) {
    let batches = 0;
    for await (const batch of rowsSource(many, 100)(start as never)) {
      yield batch;
      batches += 1;
      if (batches === 20) stop.abort();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const cancelled = await shop.load({ read }, { signal: stop.signal });
  expect(cancelled.outcome).toBe("cancelled");
  expect(cancelled.rows_written).toBeGreaterThan(0);
  expect(cancelled.rows_written).toBeLessThan(5000);
  const rest = await shop.load({ read: rowsSource(many, 100) });
  expect(cancelled.rows_written + rest.rows_written).toBe(5000);
  expect(await contents(db.client, "select count(*)::int as n, count(distinct id)::int as d from shop.orders")).toEqual(
    [{ n: 5000, d: 5000 }],
  );
});

test("a table that was dropped by hand is loaded from the beginning, and that is said", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource(rows) });
  await db.client.query("drop table shop.orders");
  const again = await shop.load({ read: rowsSource(rows) });
  expect(again).toMatchObject({ outcome: "success", inserted: 25 });
  expect(shop.events.find((event) => event.kind === "state.reconciled")?.message).toContain("there is no table");
});

test("rows say when and by which run they were loaded", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource(rows.slice(0, 1)) });
  await shop.load({ read: rowsSource(rows.slice(0, 2)) });
  const runs = [...new Set(shop.events.map((event) => event.run_id))];
  const found = await contents(
    db.client,
    "select _sluice_run_id as run, _sluice_loaded_at <= now() as past from shop.orders order by id",
  );
  expect(found).toEqual(runs.map((run) => ({ run, past: true })));
});

test("a stream that is to go into another namespace is loaded there from the beginning, and that is said", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource(rows) });
  const moved = await shop.load({ read: rowsSource(rows), namespace: "elsewhere" });
  expect(moved).toMatchObject({ outcome: "success", table: "elsewhere.orders", inserted: 25 });
  expect(shop.events.find((event) => event.kind === "state.reconciled")?.message).toContain("elsewhere.orders");
});

test("a table that was moved by hand to where it is wanted now is loaded on", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource(rows.slice(0, 20)) });
  await db.client.query("alter schema shop rename to elsewhere");
  const moved = await shop.load({ read: rowsSource(rows), namespace: "elsewhere" });
  expect(moved).toMatchObject({ outcome: "success", inserted: 5 });
});
