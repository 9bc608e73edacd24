import fc from "fast-check";
import type pg from "pg";
import { expect, test } from "vitest";
import type { Row } from "../../../src/connector/define-connector.ts";
import type { StreamPlan } from "../../../src/pipelines/load/plan.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { comparable, documentsOf } from "./documents-of.ts";
import { type Loading, loadingInto, rowsSource } from "./loading.ts";

const SOFT = { mode: "merge", primary_key: ["id"], deleted_field: "del", deletes: "soft" } as const;
/** Gives every field a column, whatever comes after it. */
const SEED = { id: 0, ver: 0, v: "seed", w: 0, del: false };

/** Loads the rows in one checkpoint, or in one for each row. */
async function loadRows(shop: Loading, rows: readonly Row[], cut: "whole" | "cut", plan: Partial<StreamPlan> = {}) {
  const read = rowsSource(rows, cut === "whole" ? rows.length : 1);
  const cuts = cut === "whole" ? {} : { checkpoint_bytes: 1, inference_rows: 1 };
  // Every load begins at the first of its rows.
  const result = await shop.load({ ...SOFT, ...cuts, ...plan, read: () => read({ cursor: undefined }) });
  expect(result.error?.message).toBeUndefined();
  return result;
}

async function contents(client: pg.Client, stream = "orders") {
  const { rows } = await client.query(
    `select id::int, ver::int, v, w::int, del is true as del from shop.${stream} where id > 0 order by id`,
  );
  return rows;
}

const row = (id: number, ver: number | null, v: string | null, w: number | null): Row => ({
  id,
  ver,
  v,
  w,
  del: false,
});
const mark = (id: number, ver: number | null, v?: string | null, w?: number | null): Row => {
  return { id, ver, del: true, ...(v === undefined ? {} : { v }), ...(w === undefined ? {} : { w }) };
};
const end = (id: number, ver: number | null, v: string | null, w: number | null, del = true) => ({
  id,
  ver,
  v,
  w,
  del,
});

/** So many that a handful of rows is met one by one through the index, and not by a join of all rows. */
const many = Array.from({ length: 300 }, (_, i) => row(1000 + i, 0, `n${i}`, i));

test.each([
  ["one by one", many],
  ["at once", []],
])("a mark keeps the values of the row before it, in whatever checkpoints they come (met %s)", async (_, others) => {
  await using db = await freshDatabase();
  const cases: [Row[], Row[], object][] = [
    [[], [row(1, 1, "k", 1), mark(1, 1)], end(1, 1, "k", 1)],
    [[row(1, 1, "old", 9)], [row(1, 1, "k", 1), mark(1, 1)], end(1, 1, "k", 1)],
    [[row(1, 1, "old", 9)], [row(1, 1, null, 1), mark(1, 1)], end(1, 1, null, 1)],
    [[row(1, 1, "old", 9)], [mark(1, 1, "a"), mark(1, 1, null, 2), mark(1, 1)], end(1, 1, "a", 2)],
    [[row(1, 1, "old", 9)], [mark(1, 1, "a"), mark(1, 1)], end(1, 1, "a", 9)],
    [[row(1, 1, "old", 9)], [mark(1, 1, "a"), row(1, 1, null, 3)], end(1, 1, null, 3, false)],
    [[], [row(1, 1, "k", 1), mark(1, 1), row(1, 1, "l", null), mark(1, 1, null, 5), mark(1, 1)], end(1, 1, "l", 5)],
    [[mark(1, 1, "gone", 9)], [row(1, 1, null, 1), mark(1, 1)], end(1, 1, null, 1)],
  ];
  for (const cut of ["whole", "cut"] as const) {
    for (const [before, rows, after] of cases) {
      const shop = loadingInto(db.address);
      await loadRows(shop, [SEED, ...others, ...before], "whole");
      await db.client.query("analyze shop.orders");
      await loadRows(shop, rows, cut);
      const found = await contents(db.client);
      expect(found.filter(({ id }) => id === 1)).toEqual([after]);
      await db.client.query("drop table shop.orders");
    }
  }
});

test("a row that came too late by its version adds nothing to a mark", async () => {
  await using db = await freshDatabase();
  for (const cut of ["whole", "cut"] as const) {
    const shop = loadingInto(db.address);
    const by = { version_field: "ver" };
    await loadRows(shop, [SEED, row(1, 5, "old", 9), row(2, 5, "old", 9), row(3, 5, "old", 9)], "whole", by);
    const late = [row(1, 4, "late", 1), mark(1, 6), mark(2, 7), row(2, 6, "late", 1), mark(2, 7), row(3, 4, "late", 1)];
    await loadRows(shop, [...late, mark(3, 3), row(4, null, "x", 1), mark(4, 1), row(4, null, "late", 2)], cut, by);
    expect(await contents(db.client)).toEqual([
      end(1, 6, "old", 9),
      end(2, 7, "old", 9),
      end(3, 5, "old", 9, false),
      end(4, 1, "x", 1),
    ]);
    await db.client.query("drop table shop.orders");
  }
});

test("a row and its mark in one checkpoint count as one key, by what became of it", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await loadRows(shop, [SEED, row(1, 1, "a", 1), mark(2, 1, "b", 2), mark(3, 1, "c", 3)], "whole");
  const rows = [1, 2, 3, 4].flatMap((id) => [row(id, 1, id === 3 ? "c" : "k", 3), mark(id, 1)]);
  const counts = { inserted: 1, deleted: 1, updated: 1, unchanged: 1 };
  expect(await loadRows(shop, rows, "whole")).toMatchObject(counts);
  expect(await loadRows(shop, rows, "whole")).toMatchObject({ inserted: 0, deleted: 0, updated: 0, unchanged: 4 });
});

test("marks keep values of any type, by keys of several columns, whose columns come while they load", async () => {
  await using db = await freshDatabase();
  const at = (hour: number) => `2026-11-20T1${hour}:00:00Z`;
  const plan = { primary_key: ["shop", "no"], version_field: "at" };
  const rows: Row[] = [
    { shop: "a", no: 1, at: at(0), del: false, doc: { n: 1 } },
    { shop: "a", no: 1, at: at(3), del: true },
    { shop: "b", no: 1, at: at(1), del: false, doc: { n: 2 }, tags: "x" },
    { shop: "a", no: 1, at: at(2), del: false, doc: { n: 3 } },
    { shop: "b", no: 1, at: at(1), del: true, late: "new" },
    { shop: "b", no: 1, at: at(2), del: true },
  ];
  for (const inference_rows of [1, 6]) {
    await db.client.query(`drop schema if exists shop cascade; create schema shop; create table shop.orders
      (shop text, no bigint, at timestamptz, del boolean, doc json, tags varchar(5), primary key (shop, no))`);
    const read = rowsSource(rows, 1);
    // Without a cursor there is no checkpoint before the end.
    const uncut = { ordered: false, inference_rows };
    const loaded = await loadingInto(db.address).load({ ...SOFT, ...plan, ...uncut, read });
    expect(loaded.error?.message).toBeUndefined();
    const found = await db.client.query("select shop, at, del, doc, tags, late from shop.orders order by 1");
    expect(found.rows).toEqual([
      { shop: "a", at: new Date(at(3)), del: true, doc: { n: 1 }, tags: null, late: null },
      { shop: "b", at: new Date(at(2)), del: true, doc: { n: 2 }, tags: "x", late: "new" },
    ]);
  }
});

test("fields may have the names that staged marks would be known by", async () => {
  await using db = await freshDatabase();
  const names = ["_sluice_whole", "_sluice_folded", "_sluice.whole", "_sluice.folded"];
  const own = Object.fromEntries(names.map((name) => [name, `in ${name}`]));
  await loadRows(loadingInto(db.address), [SEED, { ...row(1, 1, "k", 1), ...own }, mark(1, 1)], "whole");
  const { rows } = await db.client.query("select to_jsonb(o) as row from shop.orders o where id = 1");
  const texts = Object.values(rows[0].row).filter((value) => `${value}`.startsWith("in "));
  expect(texts.sort()).toEqual(Object.values(own).sort());
});

test("lists of a row stay when its mark comes in the same checkpoint, those of the table before it do not", async () => {
  await using db = await freshDatabase();
  const list = (sku: string) => [{ sku, taxes: [{ rate: 1 }, { rate: 2 }] }];
  const before = [1, 2, 3].map((id) => ({ id, del: false, lines: list("old") }));
  const rows: Row[] = [
    ...[
      { id: 1, del: false, lines: list("k") },
      { id: 1, del: true },
    ],
    ...[
      { id: 2, del: false },
      { id: 2, del: true },
    ],
    ...[
      { id: 3, del: true, lines: list("m") },
      { id: 3, del: true },
    ],
    ...[
      { id: 4, del: false, lines: list("n") },
      { id: 4, del: true },
      { id: 4, del: true },
    ],
  ];
  const kept = [
    { id: 1, del: true, lines: list("k") },
    { id: 2, del: true },
    { id: 3, del: true, lines: list("m") },
    { id: 4, del: true, lines: list("n") },
  ];
  for (const first of [[], before]) {
    for (const cut of ["whole", "cut"] as const) {
      const shop = loadingInto(db.address);
      const stream = `${cut}_${first.length}`;
      const plan = { stream, nested: "tables" as const };
      if (first.length > 0) await loadRows(shop, first, "whole", plan);
      await loadRows(shop, rows, cut, plan);
      expect(await documentsOf(db.client, shop.connectionId, stream)).toEqual(kept.map(comparable).sort());
    }
  }
});

/** What the rows leave behind, applied one after the other. */
function applied(rows: readonly Row[], isVersioned: boolean): Row[] {
  const byId = new Map<unknown, Record<string, unknown>>();
  for (const { ...next } of rows as Record<string, unknown>[]) {
    const before = byId.get(next["id"]);
    const [own, other] = [next["ver"] ?? -1, before?.["ver"] ?? -1] as [number, number];
    if (isVersioned && own < other) continue;
    for (const field of ["ver", "v", "w", "lines", "parts"]) {
      const isKept = next["del"] === true && (next[field] ?? null) === null;
      next[field] = (isKept ? before?.[field] : next[field]) ?? null;
    }
    byId.set(next["id"], next);
  }
  return [...byId.values()];
}

const item = fc.record({
  sku: fc.constantFrom("a", "b"),
  taxes: fc.constantFrom(undefined, [{ rate: 1 }], [{ rate: 2 }]),
});
const list = fc.option(fc.array(item, { minLength: 1, maxLength: 2 }), { nil: undefined });
const drawnRow = fc.record({
  id: fc.integer({ min: 1, max: 3 }),
  ver: fc.constantFrom(null, 1, 2, 3),
  v: fc.constantFrom(null, null, "a", "b"),
  w: fc.constantFrom(null, null, 1, 2),
  del: fc.boolean(),
});
const sequence = fc.record({
  rows: fc.array(fc.tuple(drawnRow, list, list), { minLength: 2, maxLength: 14 }),
  before: fc.nat({ max: 6 }),
  isVersioned: fc.boolean(),
  isNested: fc.boolean(),
  replace_by: fc.constantFrom("swap" as const, "rewrite" as const),
});

test("rows and marks leave the same behind in one checkpoint, in one for each row, and in a full refresh", async () => {
  await using db = await freshDatabase();
  let n = 0;
  await fc.assert(
    fc.asyncProperty(sequence, async ({ rows: drawn, before, isVersioned, isNested, replace_by }) => {
      n += 1;
      const rows: Row[] = [SEED, ...drawn.map(([own, lines, parts]) => (isNested ? { ...own, lines, parts } : own))];
      const expected = applied(rows, isVersioned).map(comparable).sort();
      for (const way of ["whole", "cut", "refresh"] as const) {
        const shop = loadingInto(db.address);
        const stream = `${way}_${n}`;
        const special = isNested ? { nested: "tables" as const } : {};
        const plan = { stream, ...special, ...(isVersioned ? { version_field: "ver" } : {}) };
        await loadRows(shop, rows.slice(0, before + 1), "whole", plan);
        const isRefresh = way === "refresh";
        const rest = isRefresh ? rows : rows.slice(before + 1);
        if (rest.length > 0)
          await loadRows(shop, rest, way === "cut" ? "cut" : "whole", { ...plan, full_refresh: isRefresh, replace_by });
        expect(await documentsOf(db.client, shop.connectionId, stream), way).toEqual(expected);
      }
    }),
    { numRuns: Number(process.env["SOFT_RUNS"] ?? 12), endOnFailure: true },
  );
}, 600_000);
