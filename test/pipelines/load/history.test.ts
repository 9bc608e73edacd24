import fc from "fast-check";
import type pg from "pg";
import { expect, test } from "vitest";
import type { Row } from "../../../src/connector/define-connector.ts";
import type { StreamPlan } from "../../../src/pipelines/load/plan.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource } from "./loading.ts";

function keeping(rows: readonly Row[], plan: Partial<StreamPlan> = {}) {
  const read = () => rowsSource(rows)({ cursor: undefined });
  return { mode: "merge" as const, primary_key: ["id"], keep_history: true, ordered: false, read, ...plan };
}

/** Versions by key, from the oldest; whether each was closed. */
async function versions(client: pg.Client, table = "shop.orders"): Promise<Record<string, string[]>> {
  const { rows } = await client.query(
    `select id, array_agg(name || case when _sluice_valid_to is null then '' else ' (over)' end order by _sluice_valid_from) as all
     from ${table} group by id order by id`,
  );
  return Object.fromEntries(rows.map((row) => [row.id, row.all]));
}

/** Two versions of one key that are valid at the same moment, or one that ends before it begins. */
const OVERLAPS = `select count(*)::int as n from shop.orders a join shop.orders b on a.id = b.id
  and (a.ctid <> b.ctid and tstzrange(a._sluice_valid_from, a._sluice_valid_to) && tstzrange(b._sluice_valid_from, b._sluice_valid_to))
  or a._sluice_valid_to <= a._sluice_valid_from`;

const at = (id: number, name: string, more: object = {}) => ({ id, name, ...more });

test("a change closes the row that was current and adds the new one; no change changes nothing", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  expect(await shop.load(keeping([at(1, "a"), at(2, "b")]))).toMatchObject({ inserted: 2, updated: 0, unchanged: 0 });
  expect(await shop.load(keeping([at(1, "A"), at(2, "b"), at(3, "c")]))).toMatchObject({
    inserted: 1,
    updated: 1,
    unchanged: 1,
  });
  const before = (await db.client.query("select *, ctid from shop.orders order by id, _sluice_valid_from")).rows;
  expect(await shop.load(keeping([at(1, "A"), at(2, "b"), at(3, "c")]))).toMatchObject({
    inserted: 0,
    updated: 0,
    deleted: 0,
    unchanged: 3,
  });
  expect((await db.client.query("select *, ctid from shop.orders order by id, _sluice_valid_from")).rows).toEqual(
    before,
  );
  expect(await versions(db.client)).toEqual({ 1: ["a (over)", "A"], 2: ["b"], 3: ["c"] });
  expect((await db.client.query(OVERLAPS)).rows).toEqual([{ n: 0 }]);
  const key = await db.client.query(
    "select pg_get_constraintdef(oid) as def from pg_constraint where conrelid = 'shop.orders'::regclass and contype = 'p'",
  );
  expect(key.rows).toEqual([{ def: "PRIMARY KEY (id, _sluice_valid_from)" }]);
});

test("every version that arrives is kept, also of a key that comes several times in a batch", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const result = await shop.load(keeping([at(1, "a"), at(1, "a"), at(1, "b"), at(1, "a")]));
  expect(result).toMatchObject({ inserted: 1, updated: 2, unchanged: 0 });
  expect(await versions(db.client)).toEqual({ 1: ["a (over)", "b (over)", "a"] });
  expect((await db.client.query(OVERLAPS)).rows).toEqual([{ n: 0 }]);
});

test("a mark of deletion closes the row, and the key may come back", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const plan = { deleted_field: "gone" };
  await shop.load(
    keeping([at(1, "a", { gone: false }), at(2, "b", { gone: false }), at(9, "z", { gone: true })], plan),
  );
  const marks = [
    at(1, "a", { gone: true }),
    at(1, "a", { gone: true }),
    at(2, "b", { gone: true }),
    at(2, "back", { gone: false }),
  ];
  expect(await shop.load(keeping(marks, plan))).toMatchObject({ inserted: 0, updated: 1, deleted: 2 });
  expect(await versions(db.client)).toEqual({ 1: ["a (over)"], 2: ["b (over)", "back"] });
  expect(await shop.load(keeping([at(1, "again", { gone: false })], plan))).toMatchObject({ inserted: 1 });
  expect(await versions(db.client)).toMatchObject({ 1: ["a (over)", "again"] });
});

test("versions that are older than the current one are left out", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const plan = { version_field: "v" };
  await shop.load(keeping([at(1, "five", { v: 5 }), at(2, "x", { v: null })], plan));
  const late = [at(1, "four", { v: 4 }), at(1, "seven", { v: 7 }), at(1, "six", { v: 6 }), at(2, "y", { v: 1 })];
  expect(await shop.load(keeping(late, plan))).toMatchObject({ inserted: 0, updated: 2 });
  expect(await versions(db.client)).toEqual({ 1: ["five (over)", "seven"], 2: ["x (over)", "y"] });
});

test.each([[[at(1, "a"), at(3, "C")]], [[]]])(
  "a full refresh closes what the source no longer has, and keeps it",
  async (rows) => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(keeping([at(1, "a"), at(2, "b"), at(3, "c")]));
    const result = await shop.load(keeping(rows, { full_refresh: true }));
    const expected = rows.length === 0 ? { deleted: 3 } : { deleted: 1, updated: 1, unchanged: 1 };
    expect(result).toMatchObject({ outcome: "success", inserted: 0, ...expected });
    const { rows: left } = await db.client.query(
      "select count(*)::int as n from shop.orders where _sluice_valid_to is null",
    );
    expect(left).toEqual([{ n: rows.length }]);
  },
);

test("a table that was merged before keeps history from then on, and is not merged without it again", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load(keeping([at(1, "a"), at(2, "b")], { keep_history: false }));
  expect(await shop.load(keeping([at(1, "A"), at(2, "b")]))).toMatchObject({
    outcome: "success",
    updated: 1,
    unchanged: 1,
  });
  expect(await versions(db.client)).toEqual({ 1: ["a (over)", "A"], 2: ["b"] });
  expect((await db.client.query(OVERLAPS)).rows).toEqual([{ n: 0 }]);
  for (const mode of ["merge", "append", "replace"] as const) {
    const refused = await shop.load(keeping([at(1, "x")], { keep_history: false, mode }));
    expect(refused.error).toMatchObject({
      code: "schema_unsupported",
      message: expect.stringContaining("keep_history"),
    });
  }
});

test("columns may come and grow, and times go on even if the clock was set back", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load(keeping([at(1, "a", { size: 1 })]));
  await db.client.query("update shop.orders set _sluice_valid_from = now() + interval '1 hour'");
  expect(await shop.load(keeping([at(1, "b", { size: "big", more: true })]))).toMatchObject({
    outcome: "success",
    updated: 1,
  });
  expect(await versions(db.client)).toEqual({ 1: ["a (over)", "b"] });
  expect((await db.client.query(OVERLAPS)).rows).toEqual([{ n: 0 }]);
});

test.each([{ version_field: "v" }, { deleted_field: "gone" }])(
  "the history does not depend on where checkpoints were cut or on runs that failed: %o",
  async (field) => {
    await using db = await freshDatabase();
    const plan = { mode: "merge" as const, primary_key: ["id"], keep_history: true, inference_rows: 1, ...field };
    const compare = async (rows: Row[], stop: number) => {
      await db.client.query("drop schema if exists shop cascade; drop schema if exists other cascade");
      const all = [{ ...at(0, "first"), v: 0, gone: false }, ...rows];
      await loadingInto(db.address).load({ ...plan, namespace: "other", read: rowsSource(all, 100) });
      const cut = loadingInto(db.address);
      await cut.load({ ...plan, checkpoint_ms: 0, read: failingAfter(stop, all) });
      await cut.load({ ...plan, checkpoint_ms: 0, read: rowsSource(all, 3) });
      expect(await versions(db.client)).toEqual(await versions(db.client, "other.orders"));
      expect((await db.client.query(OVERLAPS)).rows).toEqual([{ n: 0 }]);
    };
    const row = fc.record({
      id: fc.integer({ min: 1, max: 2 }),
      name: fc.constantFrom("a", "b"),
      v: fc.option(fc.integer({ min: 1, max: 3 })),
      gone: fc.constantFrom(true, false, false),
    });
    const several = fc.array(row, { minLength: 1, maxLength: 16 });
    await fc.assert(fc.asyncProperty(several, fc.integer({ min: 1, max: 16 }), compare), { numRuns: 5 });
  },
  120_000,
);

/** The rows one by one, and then an error. */
function failingAfter(count: number, rows: readonly Row[]) {
  return async function* (start: { cursor: unknown }) {
    let left = count;
    for await (const batch of rowsSource(rows, 1)(start as never)) {
      if (left-- === 0) throw new Error("cut off");
      yield batch;
    }
  };
}
