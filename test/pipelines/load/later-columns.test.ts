import type pg from "pg";
import { describe, expect, test } from "vitest";
import type { Row, RowBatch } from "../../../src/connector/define-connector.ts";
import type { DriftPolicy, ReadStart, StreamPlan } from "../../../src/pipelines/load/plan.ts";
import { type FreshDatabase, freshDatabase } from "../../harness/postgres.ts";
import { type Loading, loadingInto, rowsSource } from "./loading.ts";

const POLICIES = ["warn", "discard", "freeze"] as const;
const MODES = ["append", "merge"] as const;
const WAYS = POLICIES.flatMap((drift) => MODES.map((mode) => [drift, mode] as const));

const known = { id: 1, size: 1 };

interface Held {
  db: FreshDatabase;
  /** The run that may change no columns; every batch of one row is a checkpoint. */
  load(late: readonly Row[], plan?: Partial<StreamPlan>): ReturnType<Loading["load"]>;
  held: Loading;
}

/** Two that load one table. Before the rows `late` of the one come, the other has loaded `others` from its start to its end. */
async function heldWhile(others: readonly Row[], drift: DriftPolicy, mode: StreamPlan["mode"]): Promise<Held> {
  const db = await freshDatabase();
  const [held, other] = [loadingInto(db.address), loadingInto(db.address)];
  const plan = { mode, primary_key: ["id"], checkpoint_bytes: 1 };
  await other.load({ ...plan, read: rowsSource([known]) });
  await held.load({ ...plan, drift, read: rowsSource([{ id: 11, size: 1 }]) });
  const load: Held["load"] = (late, own = {}) => {
    const rows = [{ id: 11, size: 1 }, { id: 12, size: 2 }, { id: 13, size: 3 }, ...late];
    const read = async function* ({ cursor }: Pick<ReadStart, "cursor">): AsyncGenerator<RowBatch> {
      for await (const batch of rowsSource(rows, 1)({ cursor })) {
        yield batch;
        if (batch.cursor !== "3") continue;
        const loaded = await other.load({ ...plan, read: rowsSource([known, ...others]) });
        expect(loaded).toMatchObject({ outcome: "success", rejected: 0 });
      }
    };
    return held.load({ ...plan, drift, read, ...own });
  };
  return { db, held, load };
}

async function contents({ client }: FreshDatabase): Promise<object[]> {
  const { rows } = await client.query(
    "select to_jsonb(o) - '_sluice_loaded_at' - '_sluice_run_id' as row from shop.orders o order by id",
  );
  return rows.map(({ row }) => row);
}

async function rejectsOf(client: pg.Client): Promise<object[]> {
  const { rows } = await client.query(
    "select position, reason, row::jsonb as row from shop._sluice_rejects order by position",
  );
  return rows;
}

const early = [known, ...[1, 2, 3].map((n) => ({ id: 10 + n, size: n }))];

describe("a run that is under way while another one changes the table", () => {
  test.each(WAYS)("uses the column that was added, with drift %s in %s", async (drift, mode) => {
    const { db, held, load } = await heldWhile([{ id: 101, size: 1, colour: "red" }], drift, mode);
    await using _ = db;
    const result = await load([{ id: 14, size: 4, colour: "blue" }]);
    expect(result.error?.message).toBeUndefined();
    expect(result).toMatchObject({ outcome: "success", inserted: 3, rejected: 0, schema_changes: [] });
    expect(held.events.filter(({ kind, data }) => kind === "runtime.event" && "dropped" in (data ?? {}))).toEqual([]);
    expect(await contents(db)).toEqual([
      ...early.map((row) => ({ ...row, colour: null })),
      { id: 14, size: 4, colour: "blue" },
      { id: 101, size: 1, colour: "red" },
    ]);
  });

  test.each(WAYS)("stores what the column that was widened can hold, with drift %s in %s", async (drift, mode) => {
    const { db, load } = await heldWhile([{ id: 101, size: "big" }], drift, mode);
    await using _ = db;
    const result = await load([
      { id: 14, size: 4 },
      { id: 15, size: "huge" },
    ]);
    expect(result.error?.message).toBeUndefined();
    expect(result).toMatchObject({ outcome: "success", inserted: 4, rejected: 0, schema_changes: [] });
    const text = (row: { id: number; size: unknown }) => ({ ...row, size: `${row.size}` });
    const late = [
      { id: 14, size: 4 },
      { id: 15, size: "huge" },
      { id: 101, size: "big" },
    ];
    expect(await contents(db)).toEqual([...early, ...late].map(text));
  });

  test.each(MODES)("still leaves out, with a warning, what no column is for: %s", async (mode) => {
    const { db, held, load } = await heldWhile([{ id: 101, size: 1.5, colour: "red" }], "warn", mode);
    await using _ = db;
    const late = [
      { id: 14, size: 4, colour: "blue", weight: 1 },
      { id: 15, size: "huge" },
      { id: 16, weight: 2 },
    ];
    expect(await load(late, { max_rejects: 1 })).toMatchObject({ outcome: "success", inserted: 4, rejected: 1 });
    expect(await rejectsOf(db.client)).toEqual([
      { position: "row 5", reason: "a value of size is not numeric", row: late[1] },
    ]);
    const left = { column: "weight", change: "reject", from: null, to: null, policy: "warn" };
    const told = held.events.filter(({ kind }) => kind === "schema.change");
    expect(told).toMatchObject([{ level: "warn", stream: "orders", data: { table: "shop.orders", ...left } }]);
    const ids = (await contents(db)).map((row) => (row as Row)["id"]);
    expect(ids).toEqual([1, 11, 12, 13, 14, 16, 101]);
  });

  test.each(MODES)("still counts what it discards, and each value once: %s", async (mode) => {
    const { db, held, load } = await heldWhile([{ id: 101, size: 1.5, colour: "red" }], "discard", mode);
    await using _ = db;
    const late = [
      { id: 14, size: 4, colour: "blue", weight: 1 },
      { id: 15, size: "huge", weight: 5 },
      { id: 16, weight: 2 },
    ];
    expect(await load(late, { max_rejects: 1 })).toMatchObject({ outcome: "success", inserted: 4, rejected: 1 });
    const told = held.events.filter(({ kind, data }) => kind === "runtime.event" && "dropped" in (data ?? {}));
    expect(told).toMatchObject([{ stream: "orders", data: { dropped: "weight", count: 2 } }]);
    expect(await rejectsOf(db.client)).toEqual([
      { position: "row 5", reason: "a value of size is not numeric", row: late[1] },
    ]);
    expect((await contents(db))[4]).toEqual({ id: 14, size: 4, colour: "blue" });
  });

  test.each(MODES)("still fails with freeze before what no column is for, and loses nothing: %s", async (mode) => {
    const { db, held, load } = await heldWhile([{ id: 101, size: 1, colour: "red" }], "freeze", mode);
    await using _ = db;
    const late = [
      { id: 14, size: 4, colour: "blue" },
      { id: 15, weight: 2 },
    ];
    const result = await load(late);
    expect(result).toMatchObject({ outcome: "failed", inserted: 3, error: { code: "schema_frozen" } });
    expect(result.error?.message).toContain("weight");
    expect((await contents(db)).map((row) => (row as Row)["id"])).toEqual([1, 11, 12, 13, 14, 101]);
    const all = [...early.slice(1), ...late];
    const plan = { mode, primary_key: ["id"], drift: "evolve" as const };
    expect(await held.load({ ...plan, read: rowsSource(all) })).toMatchObject({ outcome: "success", inserted: 1 });
    expect((await contents(db)).map((row) => (row as Row)["id"])).toEqual([1, 11, 12, 13, 14, 15, 101]);
  });
});
