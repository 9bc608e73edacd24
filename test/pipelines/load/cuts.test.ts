import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row } from "../../../src/connector/define-connector.ts";
import { asAdmin, freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource, textSource } from "./loading.ts";

/** The table's columns with their types, and its rows as text: what a load has made of its source. */
async function outcome(client: { query(sql: string): Promise<{ rows: unknown[] }> }, table: string) {
  const columns = await client.query(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = to_regclass('shop.${table}') and attnum > 0 and attname not like '\\_sluice%' order by attnum`,
  );
  const names = columns.rows.map((row) => `"${(row as { name: string }).name}"::text`);
  const rows =
    names.length === 0 ? [] : (await client.query(`select ${names.join(", ")} from shop.${table} order by id`)).rows;
  return { columns: columns.rows, rows };
}

const value = fc.oneof(
  fc.integer({ min: -5, max: 5 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -10, max: 10 }),
  fc.boolean(),
  fc.constantFrom("2026-01-02", "2026-01-02T03:04:05Z", "text", "", "7", null),
  fc.constantFrom([1], { a: 1 }),
);
const row = fc.dictionary(fc.constantFrom("a", "b", "A b"), value, { maxKeys: 3 });

test("columns and rows do not depend on where batches are cut", async () => {
  await using db = await freshDatabase();
  let n = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 12 }),
      async (plain, size) => {
        const rows: Row[] = plain.map((fields, id) => ({ id, ...fields }));
        n += 1;
        const shop = loadingInto(db.address);
        await shop.load({ stream: `whole${n}`, read: rowsSource(rows, 1000), inference_rows: 5 });
        await shop.load({ stream: `cut${n}`, read: rowsSource(rows, size), inference_rows: 5 });
        expect(await outcome(db.client, `cut${n}`)).toEqual(await outcome(db.client, `whole${n}`));
      },
    ),
    { numRuns: 8 },
  );
}, 60_000);

test("text values come back as they were, whatever they are", async () => {
  await using db = await freshDatabase();
  const cell = fc.oneof(
    fc.string({ unit: "binary", maxLength: 12 }).filter((text) => !text.includes("\0") && text.isWellFormed()),
    fc.constantFrom(
      "1",
      "-1",
      "0",
      "1.50",
      "0.10",
      "9223372036854775808",
      "true",
      "2026-02-28",
      "2026-02-30",
      "\\N",
      "\t",
      "\\.",
    ),
    fc.constant(null),
  );
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 30 }), async (cells) => {
      const values = cells.map(([a, b], id) => [String(id), a, b]);
      n += 1;
      const loaded = await loadingInto(db.address).load({
        stream: `t${n}`,
        read: textSource(["id", "a", "b"], values, 7),
        inference_rows: 4,
      });
      expect(loaded.error?.message).toBeUndefined();
      const { columns, rows } = await outcome(db.client, `t${n}`);
      const has = (name: string) => columns.some((column) => (column as { name: string }).name === name);
      const found = rows.map((it) => it as Record<string, string | null>);
      const read = (stored: Record<string, string | null>, name: string) =>
        (has(name) ? stored[name] : null) ?? (has(`${name}__text`) ? stored[`${name}__text`] : null) ?? null;
      const byId = new Map(found.map((stored) => [stored.id, stored]));
      for (const [id, a, b] of values) {
        const stored = byId.get(id as string) as Record<string, string | null>;
        expect([read(stored, "a"), read(stored, "b")]).toEqual([a, b]);
      }
    }),
    { numRuns: 8 },
  );
}, 60_000);

test("staging tables of a run that died are dropped by the next run of anyone", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource([{ id: 1 }]) });
  await db.client.query('create table _sluice_staging."0193f0c27d1e7c559b0e3f6f7a0c1d22_1" (a int)');
  await shop.load({ read: rowsSource([{ id: 1 }]) });
  const { rows } = await db.client.query(
    "select count(*)::int as n from pg_tables where schemaname = '_sluice_staging'",
  );
  expect(rows).toEqual([{ n: 0 }]);
});

test("a connection that is cut off in mid-load is a retryable error, and the next load ends with every row once", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const rows = Array.from({ length: 3000 }, (_, id) => ({ id }));
  const read = async function* (start: { cursor: unknown }) {
    let batches = 0;
    for await (const batch of rowsSource(rows, 100)(start as never)) {
      batches += 1;
      if (batches === 15)
        await asAdmin((admin) =>
          admin.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name like 'sluice % orders'",
            [db.address.database],
          ),
        );
      yield batch;
    }
  };
  const cut = await shop.load({ read });
  expect(cut).toMatchObject({ outcome: "failed", error: { code: "destination_lost", recovery: "retry" } });
  await shop.load({ read: rowsSource(rows, 100) });
  const { rows: found } = await db.client.query(
    "select count(*)::int as n, count(distinct id)::int as d from shop.orders",
  );
  expect(found).toEqual([{ n: 3000, d: 3000 }]);
});
