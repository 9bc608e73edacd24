import fc from "fast-check";
import { expect, test } from "vitest";
import type { StreamPlan, StreamResult } from "../../src/pipelines/load/plan.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { type Loading, loadingInto } from "../pipelines/load/loading.ts";
import { FACTOR } from "./intensity.ts";
import { jsonMismatches } from "./json-comparison.ts";
import { isStorable, linesSource, RECORDS, recordLines } from "./json-lines.ts";

const PATIENCE_MS = 300_000 * FACTOR;
const ANY_REJECTS = { max_rejects: 1_000_000 };

test.each(["append", "merge"] as const)(
  "any JSON that goes in comes out equal, or is told as a reject, by %s",
  async (mode) => {
    await using db = await freshDatabase();
    let n = 0;
    let cases = 0;
    await fc.assert(
      fc.asyncProperty(recordLines(RECORDS), fc.integer({ min: 10, max: 100 }), async (lines, size) => {
        n += 1;
        cases += lines.length;
        const stream = `any${n}`;
        const read = () => linesSource(lines, size)({ cursor: undefined });
        const plan = { mode, primary_key: ["id"], stream, inference_rows: 10, ...ANY_REJECTS };
        const shop = loadingInto(db.address);
        const loaded = await shop.load({ ...plan, read });
        expect(loaded.error?.message).toBeUndefined();
        const fine = lines.filter((line) => isStorable(JSON.parse(line)));
        expect(loaded.rejected).toBe(lines.length - fine.length);
        expect(await jsonMismatches(db.client, stream, fine)).toEqual([]);
        if (mode === "merge") expectUnchanged(await shop.load({ ...plan, read }), fine.length);
        await db.client.query(`drop table if exists shop.${stream}`);
      }),
      { numRuns: 3 * FACTOR, endOnFailure: true },
    );
    expect(cases).toBeGreaterThanOrEqual(3 * FACTOR * RECORDS.minLength);
  },
  PATIENCE_MS,
);

/** What comes again is known for the same. */
function expectUnchanged(again: StreamResult, rows: number): void {
  expect(again.error?.message).toBeUndefined();
  expect(again).toMatchObject({ inserted: 0, updated: 0, unchanged: rows });
}

interface Cuts {
  mode: StreamPlan["mode"];
  size: number;
  inference_rows: number;
  checkpoint_bytes: number;
  /** After how many batches each run ends, and whether it is stopped or its source fails; the last one goes through. */
  runs: { batches: number; stopped: boolean }[];
}

const cuts: fc.Arbitrary<Cuts> = fc.record({
  mode: fc.constantFrom("append", "merge", "replace"),
  size: fc.integer({ min: 1, max: 15 }),
  inference_rows: fc.integer({ min: 1, max: 25 }),
  checkpoint_bytes: fc.constantFrom(1, 200, 100_000),
  runs: fc.array(fc.record({ batches: fc.integer({ min: 0, max: 8 }), stopped: fc.boolean() }), { maxLength: 4 }),
});

test(
  "columns and rows do not depend on where batches and runs were cut",
  async () => {
    await using db = await freshDatabase();
    let n = 0;
    await fc.assert(
      fc.asyncProperty(recordLines({ minLength: 1, maxLength: 60 }), cuts, async (lines, cut) => {
        n += 1;
        const { mode, inference_rows } = cut;
        const plan = { mode, inference_rows, primary_key: mode === "merge" ? ["id"] : [], ...ANY_REJECTS };
        const whole = await loadingInto(db.address).load({
          ...plan,
          stream: `whole${n}`,
          read: linesSource(lines, 1000),
        });
        expect(whole.error?.message).toBeUndefined();
        await loadInRuns(loadingInto(db.address), { ...plan, stream: `cut${n}` }, lines, cut);
        expect(await outcome(db, `cut${n}`)).toEqual(await outcome(db, `whole${n}`));
        await db.client.query(`drop table if exists shop.whole${n}, shop.cut${n}`);
      }),
      { numRuns: 8 * FACTOR, endOnFailure: true },
    );
  },
  PATIENCE_MS,
);

type Planned = Partial<StreamPlan> & { stream: string };

async function loadInRuns(loading: Loading, plan: Planned, lines: readonly string[], cut: Cuts): Promise<void> {
  const { size, checkpoint_bytes, runs } = cut;
  const read = linesSource(lines, size);
  for (const run of runs) await interrupted(loading, { ...plan, checkpoint_bytes, read }, run);
  const last = await loading.load({ ...plan, checkpoint_bytes, read });
  expect(last.error?.message).toBeUndefined();
}

/** A run that is stopped, or whose source fails, after so many batches. */
function interrupted(
  loading: Loading,
  plan: Planned & Pick<StreamPlan, "read">,
  { batches, stopped }: Cuts["runs"][number],
): Promise<StreamResult> {
  const stopping = new AbortController();
  const read: StreamPlan["read"] = async function* (start) {
    let left = batches;
    for await (const batch of plan.read(start)) {
      if (left-- === 0 && stopped) stopping.abort();
      else if (left < 0) throw new Error("the source fails");
      yield batch;
    }
  };
  return loading.load({ ...plan, read }, { signal: stopping.signal });
}

/** Columns with their types, rows as text, and what was set aside, whose fields come in any order. */
async function outcome({ client }: FreshDatabase, table: string): Promise<object> {
  const columns = await client.query(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = to_regclass('shop.${table}') and attnum > 0 and attname not in ('_sluice_loaded_at', '_sluice_run_id') order by attnum`,
  );
  const names = columns.rows.map(({ name }) => `"${name.replaceAll('"', '""')}"::text`);
  const rows =
    names.length === 0 ? [] : (await client.query(`select array[${names}] as row from shop.${table} order by id`)).rows;
  const rejects = await client
    .query("select position, reason, row from shop._sluice_rejects where stream = $1 order by position", [table])
    .catch(() => ({ rows: [] }));
  return {
    columns: columns.rows,
    rows: rows.map(({ row }) => row),
    rejects: rejects.rows.map((reject) => ({ ...reject, row: JSON.parse(reject.row) })),
  };
}
