import { describe, expect, test, vi } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../harness/postgres.ts";
import { aftermathOf, NO_TRACES } from "../aftermath.ts";
import { crashWorkspace } from "../crash-workspace.ts";
import { heldRun } from "../held-run.ts";
import { attacked, LIMIT_MS } from "../intensity.ts";
import { runToEnd } from "../program.ts";
import type { Mode } from "../sources/crash-source.ts";
import { fileSource } from "../sources/file-source.ts";

vi.setConfig({ testTimeout: LIMIT_MS });

const MODES = attacked("append", "merge", "replace");
const ROWS = 4_000;
const NAMES = ["killed", "reference"] as const;

/** What a table has by then that both have loaded: late columns, and one that grew from whole to decimal numbers. */
async function expectBoth({ client }: FreshDatabase, mode: Mode, rows: number): Promise<void> {
  const copies = mode === "append" ? 2 : 1;
  const { rows: found } = await client.query(
    `select count(*)::int as rows, count(distinct id)::int as ids, count(extra)::int as extras, pg_typeof(min(amount))::text as amount
     from shared.orders`,
  );
  const { rows: uneven } = await client.query("select id from shared.orders group by id having count(*) <> $1", [
    copies,
  ]);
  expect(uneven).toEqual([]);
  expect(found).toMatchObject([{ rows: rows * copies, ids: rows, amount: "numeric" }]);
  expect(found[0].extras).toBeGreaterThan(0);
}

describe("two processes that load one table at once", () => {
  test.each(MODES)(
    "both add and widen its columns, and each row is there as often as it should, by %s",
    async (mode) => {
      await using db = await freshDatabase();
      await using source = await fileSource();
      await using ws = await crashWorkspace({ address: db.address, source, mode, schema: { namespace: "shared" } });
      await source.writeRound(mode, { number: 0, rows: ROWS });
      await Promise.all(NAMES.map((name) => runToEnd(ws.root, name)));
      await expectBoth(db, mode, ROWS);
      await source.writeRound(mode, { number: 1, rows: ROWS });
      await Promise.all(NAMES.map((name) => runToEnd(ws.root, name)));
      await expectBoth(db, mode, mode === "replace" ? ROWS : 2 * ROWS);
      expect(await aftermathOf(db.client, ws.root)).toEqual(NO_TRACES);
    },
  );

  test.each(MODES)("one is killed once it has changed the columns, and the other goes on, by %s", async (mode) => {
    await using db = await freshDatabase();
    await using source = await fileSource();
    await using ws = await crashWorkspace({ address: db.address, source, mode, schema: { namespace: "shared" } });
    await source.writeRound(mode, { number: 0, rows: ROWS });
    await using first = await heldRun(ws.root, "killed", mode === "replace" ? "before_swap" : "after_commit");
    const other = runToEnd(ws.root, "reference");
    // It is in the middle of the table's changes, or waits for its turn.
    await expect.poll(() => hasStarted(db), { timeout: 60_000, interval: 20 }).toBe(true);
    first.child.kill("SIGKILL");
    await other;
    await runToEnd(ws.root, "killed");
    await expectBoth(db, mode, ROWS);
  });
});

/** Both are at their streams. */
async function hasStarted({ client }: FreshDatabase): Promise<boolean> {
  const { rowCount } = await client.query(
    "select from pg_stat_activity where datname = current_database() and application_name like 'sluice % orders'",
  );
  return (rowCount ?? 0) >= 2;
}
