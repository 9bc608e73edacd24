import fc from "fast-check";
import type pg from "pg";
import { expect, test } from "vitest";
import type { Row, RowBatch } from "../../../src/connector/define-connector.ts";
import type { ReadStart, StreamPlan } from "../../../src/pipelines/load/plan.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { comparable, documentsOf } from "./documents-of.ts";
import { type Loading, loadingInto, rowsSource, unorderedSource } from "./loading.ts";

const single = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(1.5, true, "text", "", "2026-01-02", "2026-01-02T03:04:05", null),
);
const KEYS = ["a", "A b", "_sluice_position", "__proto__", "constructor"];

/** Fields with lists in lists; some that are now a list, now something else. */
function fields(depth: number): fc.Arbitrary<Record<string, unknown>> {
  const own = fc.dictionary(fc.constantFrom(...KEYS), single, { maxKeys: 2, noNullPrototype: true });
  if (depth === 0) return own;
  const list = fc.array(fields(depth - 1), { maxLength: 2 });
  const other = fc.oneof(single, fc.constantFrom([1, "two"], [{ a: 1 }, 2], { in: [{ a: 1 }] }, [null], [[{ a: 1 }]]));
  const value = fc.oneof({ weight: 4, arbitrary: list }, { weight: 1, arbitrary: other });
  const lists = fc.dictionary(fc.constantFrom("lines", "Lines", "parts"), value, { maxKeys: 2, noNullPrototype: true });
  return fc.tuple(own, lists).map(([a, b]) => Object.fromEntries([...Object.entries(a), ...Object.entries(b)]));
}

const rounds = fc.array(
  fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fields(4)), { minLength: 1, maxLength: 10 }),
  {
    minLength: 1,
    maxLength: 2,
  },
);
const way = fc.record({
  mode: fc.constantFrom("append" as const, "merge" as const, "replace" as const),
  ordered: fc.boolean(),
  refresh: fc.boolean(),
  size: fc.integer({ min: 1, max: 6 }),
  /** Rows come as lists of values under a header. */
  asTable: fc.boolean(),
  /** The source fails once after so many batches. */
  failAt: fc.integer({ min: 0, max: 4 }),
});

/** What the source gives in a round: all that it has by then, the round's own rows, or both by its cursor. */
function sourceOf(all: readonly Row[][], round: number, isWhole: boolean): Row[] {
  return isWhole ? all.slice(0, round + 1).flat() : [...(all[round] ?? [])];
}

/** The same rows as values under their sorted keys, rows ending with their last value. */
function asTables(read: StreamPlan["read"]): StreamPlan["read"] {
  return async function* (start: ReadStart): AsyncGenerator<RowBatch> {
    for await (const batch of read(start)) {
      if (!("rows" in batch)) throw new Error("not objects");
      const { rows, ...rest } = batch;
      const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
      const values = rows.map((row) => {
        const all = columns.map((key) => (Object.hasOwn(row, key) ? row[key] : undefined));
        return all.slice(0, 1 + all.findLastIndex((value) => value !== undefined));
      });
      yield { ...rest, columns, values };
    }
  };
}

function failing(read: StreamPlan["read"], failAt: number): StreamPlan["read"] {
  return async function* (start: ReadStart): AsyncGenerator<RowBatch> {
    let batches = 0;
    for await (const batch of read(start)) {
      if (batches++ === failAt) throw new Error("the source is gone");
      yield batch as RowBatch;
    }
  };
}

/** What the tables of a stream look like: their names, columns and types. */
async function layoutOf(client: pg.Client, stream: string): Promise<string[]> {
  const { rows } = await client.query(
    `select replace(relname, $1, '') || ': ' || string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', '
       order by attnum) as layout
     from pg_attribute join pg_class c on c.oid = attrelid and relkind = 'r' join pg_namespace n on n.oid = relnamespace
     where nspname = 'shop' and (relname = $1 or starts_with(relname, $1 || '__')) and attnum > 0 and not attisdropped
       and attname not in ('_sluice_loaded_at', '_sluice_run_id')
     group by relname order by 1`,
    [stream],
  );
  return rows.map(({ layout }) => layout);
}

async function loadTo(shop: Loading, stream: string, plan: Partial<StreamPlan>, read: StreamPlan["read"]) {
  const base = {
    mode: "append",
    primary_key: ["id"],
    nested: "tables",
    inference_rows: 5,
    checkpoint_bytes: 1,
  } as const;
  return shop.load({ ...base, stream, ...plan, read });
}

test("documents can be rebuilt from their tables, however they were loaded, cut and interrupted", async () => {
  await using db = await freshDatabase();
  let n = 0;
  await fc.assert(
    fc.asyncProperty(rounds, way, async (drawn, { mode, ordered, refresh, size, asTable, failAt }) => {
      n += 1;
      const [cut, whole] = [`cut${n}`, `whole${n}`];
      const isWhole = mode === "merge" || (mode === "append" && ordered);
      const shop = loadingInto(db.address);
      const all = drawn.map((docs) =>
        docs.map(([id, own]): Row => Object.fromEntries([["id", id], ...Object.entries(own)])),
      );
      for (const round of all.keys()) {
        const rows = sourceOf(all, round, isWhole);
        const open = (batch: number) => {
          const read = ordered ? rowsSource(rows, batch) : unorderedSource(rows, `round ${round}`, batch);
          return asTable ? asTables(read) : read;
        };
        const plan = { mode, ordered, full_refresh: isWhole && refresh && round > 0 };
        await loadTo(shop, cut, plan, failing(open(size), failAt));
        const loaded = await loadTo(shop, cut, plan, open(size));
        expect(loaded.error?.message).toBeUndefined();
        await loadTo(shop, whole, plan, open(1000));
      }
      const rows = sourceOf(all, all.length - 1, mode !== "replace");
      const expected = mode === "merge" ? [...new Map(rows.map((row) => [row["id"], row])).values()] : rows;
      expect(await documentsOf(db.client, shop.connectionId, cut)).toEqual(expected.map(comparable).sort());
      expect(await layoutOf(db.client, cut)).toEqual(await layoutOf(db.client, whole));
    }),
    { numRuns: Number(process.env["NESTED_RUNS"] ?? 6), endOnFailure: true },
  );
}, 600_000);
