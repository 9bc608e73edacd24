import { expect, test } from "vitest";
import type { Batch, Mode } from "../../../src/connector/define-connector.ts";
import type { ReadStart } from "../../../src/pipelines/load/plan.ts";
import { freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource } from "./loading.ts";

const ROWS = [{ id: 1 }, { id: 2 }];

test.each(["append", "merge", "replace"] as Mode[])(
  "after %s every row has its run's id, and rows that others add have none",
  async (mode) => {
    await using db = await freshDatabase();
    const { load, events } = loadingInto(db.address);
    const plan = { mode, primary_key: ["id"], ordered: true };
    await load({ ...plan, read: rowsSource(ROWS) });
    const [first] = new Set(events.map(({ run_id }) => run_id));
    expect(await runsOf()).toEqual([first, first]);
    await db.client.query("insert into shop.orders (id) values (9)");
    expect(await runsOf()).toEqual([first, first, null]);
    await load({ ...plan, read: rowsSource([...ROWS, { id: 3 }]) });
    const second = events.at(-1)?.run_id;
    expect(second).not.toBe(first);
    const kept = { append: [first, first, second, null], merge: [first, first, second, null] };
    expect(await runsOf()).toEqual(mode === "replace" ? [second, second, second] : kept[mode]);
    await load({ ...plan, full_refresh: true, read: rowsSource(ROWS) });
    expect(await runsOf()).toEqual([events.at(-1)?.run_id, events.at(-1)?.run_id]);
    await db.client.query("insert into shop.orders (id) values (9)");
    expect((await runsOf()).at(-1)).toBeNull();

    async function runsOf(): Promise<unknown[]> {
      const { rows } = await db.client.query("select _sluice_run_id as run from shop.orders order by id");
      return rows.map(({ run }) => run);
    }
  },
);

test.each(["copy_binary", "copy_text"] as const)(
  "rows that come as bytes (%s) have their run's id, whether they bring it along or not",
  async (form) => {
    await using db = await freshDatabase();
    const { load, events } = loadingInto(db.address);
    const led: boolean[] = [];
    for (const brings of [true, false, true]) {
      const read = bytesSource({ form, id: led.length + 1, brings, led });
      expect(await load({ read })).toMatchObject({ outcome: "success", inserted: 2 });
    }
    expect(led).toEqual([true, false, true]);
    const runs = [...new Set(events.map(({ run_id }) => run_id))];
    const { rows } = await db.client.query("select id, _sluice_run_id as run from shop.orders order by 1");
    expect(rows).toEqual([1, 2, 3].flatMap((id) => [0, 0].map(() => ({ id, run: runs[id - 1] }))));
  },
);

test("rows of one load that makes its table and goes on with it have the run's id, also across checkpoints", async () => {
  await using db = await freshDatabase();
  const { load, events } = loadingInto(db.address);
  const rows = Array.from({ length: 60 }, (_, i) => ({ id: i + 1, ...(i > 30 ? { later: `x${i}` } : {}) }));
  expect(await load({ read: rowsSource(rows), inference_rows: 5, checkpoint_bytes: 1 })).toMatchObject({
    inserted: 60,
  });
  expect(events.filter(({ kind }) => kind === "checkpoint.commit").length).toBeGreaterThan(3);
  const found = await db.client.query("select distinct _sluice_run_id as run from shop.orders");
  expect(found.rows).toEqual([{ run: events.at(-1)?.run_id }]);
});

test("a table whose column for the run's id has another type is still appended to", async () => {
  await using db = await freshDatabase();
  await db.client.query(
    "create schema shop; create table shop.orders (id bigint, _sluice_run_id text, _sluice_loaded_at timestamptz)",
  );
  const { load } = loadingInto(db.address);
  expect(await load({ read: rowsSource(ROWS) })).toMatchObject({ outcome: "success", inserted: 2 });
  expect(await load({ read: rowsSource([...ROWS, { id: 3 }]) })).toMatchObject({ outcome: "success", inserted: 1 });
});

test("rows of lists have the id of the run that brought them, as their rows have", async () => {
  await using db = await freshDatabase();
  const { load, events } = loadingInto(db.address);
  const orders = [1, 2, 3].map((id) => ({ id, items: [{ name: "a" }, { name: "b" }] }));
  for (const { id } of orders) {
    const result = await load({ nested: "tables", read: rowsSource(orders.slice(0, id)) });
    expect(result).toMatchObject({ outcome: "success", inserted: 1 });
  }
  const runs = [...new Set(events.map(({ run_id }) => run_id))];
  const { rows } = await db.client.query(
    `select o.id, o._sluice_run_id as run, array_agg(distinct i._sluice_run_id::text) as of_items
     from shop.orders o join shop.orders__items i on i._sluice_parent_row_id = o._sluice_row_id group by 1, 2 order by 1`,
  );
  expect(rows).toEqual(runs.map((run, at) => ({ id: String(at + 1), run, of_items: [run] })));
});

interface Bytes {
  form: "copy_binary" | "copy_text";
  id: number;
  brings: boolean;
  /** Takes down whether the rows were to begin with something. */
  led: boolean[];
}

/** Two equal rows of one integer, as bytes of COPY. */
function bytesSource({ form, id, brings, led }: Bytes) {
  return async function* read({ layout, lead }: ReadStart): AsyncGenerator<Batch> {
    expect(layout([{ name: "id", type: "integer", nullable: false, binary: form === "copy_binary" }])).toBe(form);
    const start = brings ? lead?.() : undefined;
    led.push(start !== undefined);
    const value = Buffer.from([0, 1, 0, 0, 0, 4, 0, 0, 0, id]);
    const own = form === "copy_binary" ? value : Buffer.from(`${id}\n`);
    const row = start === undefined ? own : Buffer.concat([start.bytes, own.subarray(start.replaces)]);
    yield { copy: Buffer.concat([row, row]), count: 2, led: start !== undefined, cursor: String(id) };
  };
}
