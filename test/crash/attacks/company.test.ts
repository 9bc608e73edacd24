import { describe, expect, test, vi } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../harness/postgres.ts";
import { aftermathOf, NO_TRACES } from "../aftermath.ts";
import { type CrashWorkspace, crashWorkspace } from "../crash-workspace.ts";
import { heldRun } from "../held-run.ts";
import { attacked, LIMIT_MS } from "../intensity.ts";
import { runToEnd, startRun } from "../program.ts";
import type { CrashSource, Mode } from "../sources/crash-source.ts";
import { fileSource } from "../sources/file-source.ts";

vi.setConfig({ testTimeout: LIMIT_MS });

const MODES = attacked("append", "merge", "replace");
const ROWS = 4_000;
const NAMES = ["killed", "reference"] as const;

interface Company extends AsyncDisposable {
  db: FreshDatabase;
  source: CrashSource;
  ws: CrashWorkspace;
}

/** Two connections that load one file into one table; nothing is there yet. */
async function company(mode: Mode): Promise<Company> {
  const db = await freshDatabase();
  const source = await fileSource();
  const ws = await crashWorkspace({ address: db.address, source, mode, schema: { namespace: "shared" } });
  return {
    ...{ db, source, ws },
    async [Symbol.asyncDispose]() {
      await ws[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

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
      await using both = await company(mode);
      const { db, source, ws } = both;
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
    await using both = await company(mode);
    const { db, source, ws } = both;
    // One row, of which nothing is decimal yet, and whose last column is empty.
    await source.writeRound(mode, { number: 0, rows: 1 });
    for (const name of NAMES) await runToEnd(ws.root, name);
    expect(await columnsOf(db)).toMatchObject({ amount: "bigint" });
    await source.writeRound(mode, { number: 1, rows: ROWS });
    await using first = await heldRun(ws.root, "killed", mode === "append" ? "columns_committed" : "after_commit");
    expect(await columnsOf(db)).toMatchObject({ amount: "numeric", extra: "text" });
    await using other = await heldRun(ws.root, "reference", "copy_ended");
    first.child.kill("SIGKILL");
    const { code, output } = await other.goOn();
    expect(code, output).toBe(0);
    await runToEnd(ws.root, "killed");
    await expectBoth(db, mode, rowsOf(mode));
    expect(await aftermathOf(db.client, ws.root)).toEqual(NO_TRACES);
  });

  test.each(
    MODES.flatMap((mode) => [
      { mode, fate: "goes on" },
      { mode, fate: "is killed too" },
    ]),
  )("one is killed while it waits for its turn at the table, and the other $fate, by $mode", async ({ mode, fate }) => {
    await using both = await company(mode);
    const { db, source, ws } = both;
    await source.writeRound(mode, { number: 0, rows: ROWS });
    // It has made the table, or put another in its place, and nobody can see that yet.
    await using first = await heldRun(ws.root, "reference", "before_commit");
    const waiting = startRun(ws.root, "killed");
    await expect.poll(() => waitsForTurn(db), { timeout: 60_000, interval: 20 }).toBe(true);
    waiting.child.kill("SIGKILL");
    expect((await waiting.ended).signal).toBe("SIGKILL");
    if (fate === "goes on") {
      const { code, output } = await first.goOn();
      expect(code, output).toBe(0);
    } else first.child.kill("SIGKILL");
    for (const name of NAMES) await runToEnd(ws.root, name);
    await expectBoth(db, mode, ROWS);
    expect(await aftermathOf(db.client, ws.root)).toEqual(NO_TRACES);
  });
});

/** The rows of the first round, which is one, and those of the second, which brings rows of earlier rounds by `merge`. */
function rowsOf(mode: Mode): number {
  return { append: 1 + ROWS, merge: ROWS + ROWS / 4, replace: ROWS }[mode];
}

/** The types of the shared table's columns. */
async function columnsOf({ client }: FreshDatabase): Promise<Record<string, string>> {
  const { rows } = await client.query(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = 'shared.orders'::regclass and attnum > 0 and not attisdropped`,
  );
  return Object.fromEntries(rows.map(({ name, type }) => [name, type]));
}

/** Somebody waits for the table's advisory lock. Those of runs are never waited for. */
async function waitsForTurn({ client }: FreshDatabase): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_locks where locktype = 'advisory' and not granted
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return (rowCount ?? 0) > 0;
}
