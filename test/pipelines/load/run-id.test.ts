import { expect, test } from "vitest";
import type { Mode } from "../../../src/connector/define-connector.ts";
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
