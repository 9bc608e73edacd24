import { expect, test } from "vitest";
import { freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource } from "./loading.ts";

const known = [{ id: 1, name: "a" }];
const drifted = [...known, { id: 2, name: "b", colour: "red" }, { id: 3, name: "c", colour: "blue" }];

async function loadTwice(drift: "evolve" | "warn" | "discard" | "freeze") {
  const db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource(known, 1), drift });
  const result = await shop.load({ read: rowsSource(drifted, 1), drift });
  const { rows } = await db.client.query("select * from shop.orders order by id");
  return { db, shop, result, columns: Object.keys(rows[0]).filter((name) => !name.startsWith("_sluice")), rows };
}

test("evolve adds the column, says so, and the rows before it have no value", async () => {
  const { db, shop, result, columns, rows } = await loadTwice("evolve");
  await using _ = db;
  expect(result).toMatchObject({ outcome: "success", inserted: 2 });
  expect(columns).toEqual(["id", "name", "colour"]);
  expect(rows.map((row) => row.colour)).toEqual([null, "red", "blue"]);
  expect(shop.events.filter((event) => event.kind === "schema.change")).toMatchObject([
    { stream: "orders", data: { column: "colour", change: "add", from: null, to: "text", policy: "evolve" } },
  ]);
});

test("warn leaves the column out and says so", async () => {
  const { db, shop, result, columns } = await loadTwice("warn");
  await using _ = db;
  expect(result).toMatchObject({ outcome: "success", inserted: 2 });
  expect(columns).toEqual(["id", "name"]);
  const change = { column: "colour", change: "reject", from: null, to: null, policy: "warn" };
  expect(result.schema_changes).toMatchObject([change]);
  expect(shop.events.filter((event) => event.kind === "schema.change")).toMatchObject([
    { level: "warn", stream: "orders", data: { table: "shop.orders", ...change } },
  ]);
});

test("discard leaves the column out and only counts", async () => {
  const { db, shop, result, columns } = await loadTwice("discard");
  await using _ = db;
  expect(result).toMatchObject({ outcome: "success", inserted: 2, schema_changes: [] });
  expect(columns).toEqual(["id", "name"]);
  expect(shop.events.find((event) => event.kind === "runtime.event")?.data).toEqual({ dropped: "colour", count: 2 });
});

test("freeze fails before the checkpoint that would change the columns, and keeps those before it", async () => {
  const { db, result, rows } = await loadTwice("freeze");
  await using _ = db;
  expect(result).toMatchObject({ outcome: "failed", error: { code: "schema_frozen", recovery: "stop_stream" } });
  expect(rows).toHaveLength(1);
});

test.each(["append", "merge"] as const)(
  "a column that first shows up between two checkpoints is added by %s",
  async (mode) => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const result = await shop.load({ read: rowsSource(drifted, 1), mode, primary_key: ["id"], inference_rows: 1 });
    expect(result).toMatchObject({ outcome: "success", inserted: 3 });
    const { rows } = await db.client.query("select id::int, name, colour from shop.orders order by id");
    expect(rows).toEqual([{ id: 1, name: "a", colour: null }, ...drifted.slice(1)]);
  },
);

test.each(["warn", "discard"] as const)(
  "a row whose value no longer fits is set aside when columns may not change, by %s",
  async (drift) => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load({ read: rowsSource([{ id: 1 }]) });
    const read = rowsSource([{ id: 1 }, { id: "two" }, { id: 3 }]);
    const tooMany = await shop.load({ read, drift });
    expect(tooMany).toMatchObject({ outcome: "failed", error: { code: "too_many_rejects" } });
    const result = await shop.load({ read, drift, max_rejects: 1 });
    expect(result).toMatchObject({ outcome: "success", inserted: 1, rejected: 1, schema_changes: [] });
    const { rows } = await db.client.query("select position, reason, row from shop._sluice_rejects");
    expect(rows).toEqual([{ position: "row 2", reason: "a value of id is not bigint", row: '{"id":"two"}' }]);
    expect((await db.client.query("select id::int from shop.orders order by id")).rows).toEqual([{ id: 1 }, { id: 3 }]);
  },
);

test("freeze fails for a value that its column cannot hold, before the checkpoint", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource([{ id: 1 }]) });
  const result = await shop.load({ read: rowsSource([{ id: 1 }, { id: 2 }, { id: "three" }]), drift: "freeze" });
  expect(result).toMatchObject({ outcome: "failed", inserted: 0, rejected: 0, error: { code: "schema_frozen" } });
  expect((await db.client.query("select id::int from shop.orders")).rows).toEqual([{ id: 1 }]);
});

test.each([
  ["a column of the table's own is found in the same batch", { id: 3, extra: "x" }, 0],
  ["the batch holds text that cannot be stored", { id: 3, name: "a\0" }, 1],
])("discard counts each value once, also when %s", async (_, row, rejected) => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource(known) });
  await db.client.query("alter table shop.orders add extra text");
  const rows = [...known, { id: 2, name: "b", colour: "red" }, row];
  const plan = { drift: "discard" as const, max_rejects: 1 };
  expect(await shop.load({ ...plan, read: rowsSource(rows) })).toMatchObject({ outcome: "success", rejected });
  expect(shop.events.find((event) => event.kind === "runtime.event")?.data).toEqual({ dropped: "colour", count: 1 });
});

test("discard counts each value once, also when a list of another row makes a reject", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const row = (id: number, qty: unknown, more: object = {}) => ({ id, ...more, lines: [{ qty, ...more }] });
  const plan = { nested: "tables" as const, max_rejects: 1 };
  await shop.load({ ...plan, read: rowsSource([row(1, 1)]) });
  const rows = [row(1, 1), row(2, 2, { colour: "red" }), row(3, "three")];
  const loaded = await shop.load({ ...plan, drift: "discard", read: rowsSource(rows) });
  expect(loaded).toMatchObject({ outcome: "success", inserted: 1, rejected: 1 });
  const told = shop.events.filter((event) => event.kind === "runtime.event");
  const dropped = { dropped: "colour", count: 1 };
  expect(told.map(({ data }) => data)).toEqual([dropped, dropped]);
});

test("rejects outlive the failed checkpoint, are not doubled by a rerun, and hold no secrets", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const rows = [{ id: 1, note: "hunter2-secret\0" }];
  for (let run = 0; run < 2; run++) {
    const result = await shop.load({ read: rowsSource(rows) });
    expect(result.error?.code).toBe("too_many_rejects");
  }
  const { rows: kept } = await db.client.query("select position, row from shop._sluice_rejects");
  expect(kept).toHaveLength(1);
  expect(kept[0].row).not.toContain("hunter2");
});

test("two loads that add the same column at once both succeed", async () => {
  await using db = await freshDatabase();
  const a = loadingInto(db.address);
  const b = loadingInto(db.address);
  await a.load({ read: rowsSource(known) });
  await b.load({ read: rowsSource(known) });
  const results = await Promise.all([a.load({ read: rowsSource(drifted) }), b.load({ read: rowsSource(drifted) })]);
  expect(results.map((result) => result.error?.message ?? result.outcome)).toEqual(["success", "success"]);
  const { rows } = await db.client.query("select count(*)::int as n, count(colour)::int as c from shop.orders");
  expect(rows).toEqual([{ n: 6, c: 4 }]);
});

test.each(["append", "merge"] as const)(
  "many loads that add and widen the same columns at once all succeed by %s",
  async (mode) => {
    await using db = await freshDatabase();
    const shops = Array.from({ length: 4 }, () => loadingInto(db.address));
    const plan = { mode, primary_key: ["id"], inference_rows: 1, checkpoint_ms: 0 };
    const first = (shop: number) => ({ id: `${shop}-0`, size: 1, day: "2026-11-20" });
    for (const [i, shop] of shops.entries()) await shop.load({ ...plan, read: rowsSource([first(i)]) });
    const rows = (shop: number) => [
      first(shop),
      ...Array.from({ length: 12 }, (_, i) => ({
        id: `${shop}-${i + 1}`,
        size: i === 6 ? (shop % 2 === 0 ? 1.5 : "big") : i,
        [`column_${i}`]: i,
      })),
    ];
    const results = await Promise.all(shops.map((shop, i) => shop.load({ ...plan, read: rowsSource(rows(i), 1) })));
    expect(results.map((result) => result.error?.message ?? result.outcome)).toEqual(Array(4).fill("success"));
    const { rows: found } = await db.client.query(
      "select count(*)::int as n, count(distinct id)::int as ids, count(*) filter (where size = 'big')::int as big, count(column_11)::int as eleven from shop.orders",
    );
    expect(found).toEqual([{ n: 52, ids: 52, big: 2, eleven: 4 }]);
  },
);

test("a column that somebody has widened in the meantime is not narrowed, and keys in it still meet", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const plan = { mode: "merge" as const, primary_key: ["id"] };
  await shop.load({ ...plan, read: rowsSource([{ id: 1, size: 1 }]) });
  const read = async function* () {
    yield* rowsSource([{ id: 1, size: 2, more: true }])({ cursor: undefined });
    await db.client.query("alter table shop.orders alter size type text, alter id type numeric");
  };
  expect(await shop.load({ ...plan, read })).toMatchObject({ outcome: "success", inserted: 0, updated: 1 });
  const { rows } = await db.client.query("select id, size, more from shop.orders");
  expect(rows).toEqual([{ id: "1", size: "2", more: true }]);
});
