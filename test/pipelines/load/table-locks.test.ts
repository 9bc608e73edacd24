import type pg from "pg";
import { describe, expect, test } from "vitest";
import { connectPostgres } from "../../../src/databases/postgres/client.ts";
import { crashWorkspace } from "../../crash/crash-workspace.ts";
import { heldRun } from "../../crash/held-run.ts";
import { runToEnd } from "../../crash/program.ts";
import { fileSource } from "../../crash/sources/file-source.ts";
import { type FreshDatabase, freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource } from "./loading.ts";

const rows = Array.from({ length: 25 }, (_, i) => ({ id: i + 1, name: `n${i + 1}` }));
const newer = rows.slice(0, 7).map((row) => ({ ...row, name: "new" }));
const PATIENCE_MS = 120_000;

/** Modes of the locks on the table that other sessions hold, or wait for. */
async function locksOn(client: pg.Client, table: string, granted = true): Promise<string[]> {
  const { rows: found } = await client.query(
    `select distinct mode from pg_locks where relation = $1::regclass and granted = $2 and pid <> pg_backend_pid() order by 1`,
    [table, granted],
  );
  return found.map(({ mode }) => mode);
}

async function namesIn(client: pg.Client): Promise<Record<string, number>> {
  const { rows: found } = await client.query("select name, count(*)::int as n from shop.orders group by 1 order by 1");
  return Object.fromEntries(found.map(({ name, n }) => [name, n]));
}

/** The rows, one by one; `look` is called when some of them are in the destination and others have yet to be read. */
function readingSlowly(look: () => Promise<void>) {
  return async function* () {
    let batches = 0;
    for await (const batch of rowsSource(newer, 1)({ cursor: undefined })) {
      yield batch;
      batches += 1;
      if (batches === 5) await look();
    }
  };
}

async function secondSession(db: FreshDatabase): Promise<pg.Client & AsyncDisposable> {
  const client = await connectPostgres(db.address, { application_name: "a reader" });
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

describe("while the rows of a replace are read", () => {
  test("by truncate, others wait, and see nothing but the new rows", async () => {
    await using db = await freshDatabase();
    await using reader = await secondSession(db);
    const shop = loadingInto(db.address);
    await shop.load({ mode: "replace", read: rowsSource(rows) });
    let seen: Promise<Record<string, number>> | undefined;
    const look = async () => {
      await expect.poll(() => locksOn(db.client, "shop.orders")).toContain("AccessExclusiveLock");
      await db.client.query("set lock_timeout = 1");
      await expect(db.client.query("select from shop.orders")).rejects.toMatchObject({ code: "55P03" });
      seen = namesIn(reader);
      await expect.poll(() => locksOn(db.client, "shop.orders", false)).toEqual(["AccessShareLock"]);
    };
    const plan = { mode: "replace" as const, replace_by: "truncate" as const, read: readingSlowly(look) };
    expect(await shop.load(plan)).toMatchObject({ outcome: "success", inserted: 7 });
    expect(await seen).toEqual({ new: 7 });
  });

  test("by truncate, others that waited see the old rows if it fails", async () => {
    await using db = await freshDatabase();
    await using reader = await secondSession(db);
    const shop = loadingInto(db.address);
    await shop.load({ mode: "replace", read: rowsSource(newer) });
    let seen: Promise<Record<string, number>> | undefined;
    const look = async () => {
      await expect.poll(() => locksOn(db.client, "shop.orders")).toContain("AccessExclusiveLock");
      seen = namesIn(reader);
      await expect.poll(() => locksOn(db.client, "shop.orders", false)).toEqual(["AccessShareLock"]);
      throw new Error("gone");
    };
    const plan = { mode: "replace" as const, replace_by: "truncate" as const, read: readingSlowly(look) };
    expect(await shop.load(plan)).toMatchObject({ outcome: "failed" });
    expect(await seen).toEqual({ new: 7 });
  });

  test.each(["swap", "rewrite", undefined] as const)(
    "by %s, nobody is kept out, and the old rows are there",
    async (replace_by) => {
      await using db = await freshDatabase();
      const shop = loadingInto(db.address);
      await shop.load({ mode: "replace", read: rowsSource(rows) });
      const before = await namesIn(db.client);
      let looks = 0;
      const look = async () => {
        expect(await locksOn(db.client, "shop.orders")).toEqual([]);
        expect(await namesIn(db.client)).toEqual(before);
        await db.client.query("update shop.orders set name = name");
        looks += 1;
      };
      const how = replace_by === undefined ? {} : { replace_by };
      const result = await shop.load({ mode: "replace", ...how, read: readingSlowly(look) });
      expect(result).toMatchObject({ outcome: "success", inserted: 7 });
      expect(looks).toBe(1);
      expect(await namesIn(db.client)).toEqual({ new: 7 });
    },
  );
});

describe("a run that is held in the middle of a swap", { timeout: PATIENCE_MS }, () => {
  test.each([
    ["before_swap", false],
    ["after_swap", true],
  ] as const)("at %s: others are kept out: %s", async (milestone, isClosed) => {
    await using db = await freshDatabase();
    await using source = await fileSource();
    await using ws = await crashWorkspace({
      address: db.address,
      source,
      mode: "replace",
      schema: { namespace: "shop" },
    });
    await source.writeRound("replace", { number: 0, rows: 300 });
    await runToEnd(ws.root, "killed");
    const count = async (client: pg.Client) =>
      (await client.query("select count(*)::int as n from shop.orders")).rows[0].n;
    expect(await count(db.client)).toBe(300);
    await source.writeRound("replace", { number: 1, rows: 200 });
    await using held = await heldRun(ws.root, "killed", milestone);
    const locks = await locksOn(db.client, "shop.orders");
    if (isClosed) {
      expect(locks).toContain("AccessExclusiveLock");
      await db.client.query("set lock_timeout = 1");
      await expect(count(db.client)).rejects.toMatchObject({ code: "55P03" });
      await db.client.query("set lock_timeout = 0");
    } else {
      expect(locks).not.toContain("AccessExclusiveLock");
      expect(await count(db.client)).toBe(300);
    }
    expect((await held.goOn()).code).toBe(0);
    expect(await count(db.client)).toBe(200);
  });
});
