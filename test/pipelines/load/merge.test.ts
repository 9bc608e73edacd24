import type pg from "pg";
import { describe, expect, test } from "vitest";
import type { Row } from "../../../src/connector/define-connector.ts";
import type { StreamPlan } from "../../../src/pipelines/load/plan.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource } from "./loading.ts";

/** A merge of the rows from their beginning, whatever was read before. */
function merging(rows: readonly Row[], plan: Partial<StreamPlan> = {}) {
  const read = () => rowsSource(rows)({ cursor: undefined });
  return { mode: "merge" as const, primary_key: ["id"], ordered: false, read, ...plan };
}

async function contents(client: pg.Client, columns: string, order = "1") {
  return (await client.query(`select ${columns} from shop.orders order by ${order}`)).rows;
}

/** Rows that were written over have another physical place. */
async function places(client: pg.Client): Promise<Record<string, string>> {
  const { rows } = await client.query("select id, ctid::text from shop.orders");
  return Object.fromEntries(rows.map(({ id, ctid }) => [id, ctid]));
}

/** So many that a handful of changes is met one by one through the index, and not by a join of all rows. */
const many = Array.from({ length: 90 }, (_, i) => ({ id: i, name: `n${i}` }));

describe("which row wins", () => {
  test.each([
    ["a few rows of many", many],
    ["as many rows as there are", []],
  ])("counts what was inserted, updated and left alone, and rewrites only what differs: %s", async (_, others) => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const at = (i: number) => ({ id: 100 + i, name: `m${i}` });
    await shop.load(merging([...others, at(1), at(2), at(3)]));
    await db.client.query("analyze shop.orders");
    const before = await places(db.client);
    const result = await shop.load(merging([at(1), { id: 102, name: "new" }, at(3), at(4), at(4)]));
    expect(result).toMatchObject({ outcome: "success", inserted: 1, updated: 1, unchanged: 2, deleted: 0 });
    expect(result.rows_written).toBe(2);
    const after = await places(db.client);
    const moved = Object.keys(before).filter((id) => before[id] !== after[id]);
    expect(moved).toEqual(["102"]);
    const finish = shop.events.findLast((event) => event.kind === "stream.finish");
    expect(finish?.data).toMatchObject({ inserted: 1, updated: 1, unchanged: 2 });
  });

  test.each([many, []])(
    "is the greater version, also of rows that came before, and of equal ones the later",
    async (...others) => {
      await using db = await freshDatabase();
      const shop = loadingInto(db.address);
      const row = (id: number, version: number | null, name: string) => ({ id: 100 + id, version, name });
      const plan = { version_field: "version" };
      await shop.load(
        merging(
          [
            ...others.map((it) => ({ ...it, version: 1 })),
            row(1, 5, "old"),
            row(2, 5, "old"),
            row(3, 5, "old"),
            row(4, null, "old"),
          ],
          plan,
        ),
      );
      await db.client.query("analyze shop.orders");
      const changes = [
        ...[row(1, 7, "seven"), row(1, 6, "six"), row(1, null, "none")],
        ...[row(2, 4, "too late")],
        ...[row(3, 5, "first of equals"), row(3, 5, "last of equals")],
        ...[row(4, null, "both without"), row(5, 1, "new")],
      ];
      expect(await shop.load(merging(changes, plan))).toMatchObject({ inserted: 1, updated: 3, unchanged: 1 });
      const rows = await db.client.query(
        "select id::int, version::int, name from shop.orders where id > 100 order by id",
      );
      expect(rows.rows).toEqual([
        row(1, 7, "seven"),
        row(2, 5, "old"),
        row(3, 5, "last of equals"),
        row(4, null, "both without"),
        row(5, 1, "new"),
      ]);
    },
  );

  test("a version field that no row has is an error and not silence", async () => {
    await using db = await freshDatabase();
    const result = await loadingInto(db.address).load(merging([{ id: 1 }], { version_field: "updated_on" }));
    expect(result.error).toMatchObject({ code: "schema_unsupported", message: expect.stringContaining("updated_on") });
  });

  test("keys of several columns are told apart by all of them", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const plan = { primary_key: ["shop", "no"] };
    const row = (it: string, no: number, name: string) => ({ name, no, shop: it });
    await shop.load(merging([row("a", 1, "x"), row("b", 1, "x"), row("a", 2, "x")], plan));
    const result = await shop.load(merging([row("a", 1, "y"), row("a", 1, "z"), row("b", 2, "x")], plan));
    expect(result).toMatchObject({ inserted: 1, updated: 1, unchanged: 0 });
    expect(await contents(db.client, "shop, no::int, name", "1, 2")).toEqual([
      row("a", 1, "z"),
      row("a", 2, "x"),
      row("b", 1, "x"),
      row("b", 2, "x"),
    ]);
  });

  test("values that are worth the same and read differently do differ", async () => {
    await using db = await freshDatabase();
    await db.client.query(
      "create schema shop; create table shop.orders (id bigint primary key, price numeric, doc json, size numeric)",
    );
    const shop = loadingInto(db.address);
    const row = { id: 1, price: "1.50", doc: { a: 1 }, size: "2" };
    const text = (it: object) => ({ ...it });
    await shop.load(merging([text(row)]));
    expect(await shop.load(merging([text(row)]))).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await shop.load(merging([{ ...row, price: "1.5" }]))).toMatchObject({ updated: 1, unchanged: 0 });
    expect(await shop.load(merging([{ ...row, price: "1.5", doc: { a: 2 } }]))).toMatchObject({ updated: 1 });
    expect(await contents(db.client, "price::text, doc")).toEqual([{ price: "1.5", doc: { a: 2 } }]);
  });

  test("a table of nothing but its key takes keys", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    await shop.load(merging([{ id: 1 }, { id: 2 }]));
    expect(await shop.load(merging([{ id: 2 }, { id: 3 }]))).toMatchObject({ inserted: 1, updated: 0, unchanged: 1 });
  });
});

describe("rows marked as deleted", () => {
  const row = (id: number, name: string | null, gone: boolean | null) => ({ id: 100 + id, name, gone });
  const plan = { deleted_field: "gone" };

  test.each([many, []])("leave the table, and are not put into it", async (...others) => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const live = others.map((it) => ({ ...it, gone: false }));
    await shop.load(
      merging([...live, row(1, "a", false), row(2, "b", null), row(3, "c", false), row(4, "d", true)], plan),
    );
    await db.client.query("analyze shop.orders");
    const changes = [
      row(1, null, true),
      row(2, "b", true),
      row(2, "back", false),
      row(5, "new", false),
      row(5, "new", true),
      row(9, null, true),
    ];
    const result = await shop.load(merging(changes, plan));
    expect(result).toMatchObject({ outcome: "success", inserted: 0, updated: 1, deleted: 1, unchanged: 2 });
    const rows = await db.client.query("select id::int, name, gone from shop.orders where id > 99 order by id");
    expect(rows.rows).toEqual([row(2, "back", false), row(3, "c", false)]);
  });

  test.each([many, []])("stay with their mark and what else they had, when deletes are soft", async (...others) => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const soft = { ...plan, deletes: "soft" as const };
    const live = others.map((it) => ({ ...it, gone: false }));
    await shop.load(merging([...live, row(1, "a", false), row(2, "b", false), row(3, "c", false)], soft));
    await db.client.query("analyze shop.orders");
    const marks = [row(1, null, true), row(2, "last words", true), row(4, null, true)];
    expect(await shop.load(merging(marks, soft))).toMatchObject({ inserted: 1, updated: 0, deleted: 2, unchanged: 0 });
    expect(await shop.load(merging(marks, soft))).toMatchObject({ inserted: 0, updated: 0, deleted: 0, unchanged: 3 });
    expect(await shop.load(merging([row(1, "back", false)], soft))).toMatchObject({ updated: 1, deleted: 0 });
    const rows = await db.client.query("select id::int, name, gone from shop.orders where id > 100 order by id");
    expect(rows.rows).toEqual([
      row(1, "back", false),
      row(2, "last words", true),
      row(3, "c", false),
      row(4, null, true),
    ]);
  });

  test("may be marked by a time, and an older mark does not win over a newer row", async () => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const timed = { deleted_field: "deleted_at", version_field: "version" };
    const at = (id: number, version: number, deleted_at: string | null = null) => ({ id, version, deleted_at });
    await shop.load(merging([at(1, 5), at(2, 5), at(3, 5)], timed));
    const time = "2026-11-20T10:00:00Z";
    const result = await shop.load(merging([at(1, 4, time), at(2, 6, time)], timed));
    expect(result).toMatchObject({ deleted: 1, unchanged: 1, updated: 0, inserted: 0 });
    expect(await contents(db.client, "id::int")).toEqual([{ id: 1 }, { id: 3 }]);
  });
});

describe("what decides between rows is never put elsewhere", () => {
  const time = "2026-01-02T03:04:05Z";
  const plan = { version_field: "u", max_rejects: 9 };
  const reasonsOf = async (client: pg.Client) =>
    (await client.query("select reason from shop._sluice_rejects order by position")).rows.map(({ reason }) => reason);

  test.each(["2026-01-03", "2026-01-03T03:04:05", "2026-01-03T03:04:05.1234567Z", "soon"])(
    "a version that its column cannot hold (%s) is a reject, and no older row",
    async (u) => {
      await using db = await freshDatabase();
      const shop = loadingInto(db.address);
      await shop.load(merging([{ id: 1, u: time, v: "old" }], plan));
      const { rejected } = await shop.load(merging([{ id: 1, u, v: "new" }], plan));
      expect(rejected).toBe(1);
      expect(await reasonsOf(db.client)).toEqual(["the version u is not timestamp with time zone"]);
      expect(await contents(db.client, "v")).toEqual([{ v: "old" }]);
    },
  );

  test.each([1, 1000])("versions stay numbers, wherever the load is cut: batches of %i", async (size) => {
    await using db = await freshDatabase();
    const shop = loadingInto(db.address);
    const rows = [
      { id: 1, u: 9 },
      { id: 1, u: 10 },
      { id: 2, u: 2.5 },
      ...many.map(({ id }) => ({ id: 100 + id, u: 1 })),
    ];
    const read = rowsSource([...rows, { id: 3, u: "n/a" }, { id: 1, u: 9.5 }], size);
    const cuts = { ordered: true, checkpoint_bytes: 1, inference_rows: 2, read };
    expect(await shop.load({ ...merging([]), ...plan, ...cuts })).toMatchObject({ outcome: "success", rejected: 1 });
    expect(await reasonsOf(db.client)).toEqual(["the version u is not numeric"]);
    expect(await contents(db.client, "id::int, u::text", "1 limit 2")).toEqual([
      { id: 1, u: "10" },
      { id: 2, u: "2.5" },
    ]);
  });

  test.each(["soft", "hard"] as const)(
    "a mark that its column cannot hold is a reject: %s deletes",
    async (deletes) => {
      await using db = await freshDatabase();
      const shop = loadingInto(db.address);
      const marked = { deleted_field: "gone", deletes, max_rejects: 9 };
      await shop.load(merging([{ id: 1 }, { id: 2, gone: time }], { ...marked, deletes: "soft" }));
      const { rejected } = await shop.load(merging([{ id: 1, gone: true }], marked));
      expect(rejected).toBe(1);
      expect(await reasonsOf(db.client)).toEqual(["the mark of deletion gone is not timestamp with time zone"]);
    },
  );
});
