import { describe, expect, test, vi } from "vitest";
import { randomFrom } from "../../../bench/random.ts";
import { connectPostgres } from "../../../src/databases/postgres/client.ts";
import type { FreshDatabase } from "../../harness/postgres.ts";
import { attacked, LIMIT_MS, SEED } from "../intensity.ts";
import { run, startRun } from "../program.ts";
import { sceneOf } from "../scene.ts";
import { apiSource } from "../sources/api-source.ts";

vi.setConfig({ testTimeout: LIMIT_MS });

/** A round has a dozen pages. */
const PAGES = 12;

describe("a source that fails at any page", () => {
  test.each(attacked("append", "merge", "replace"))(`is read on after it, by %s (seed ${SEED})`, async (mode) => {
    const random = randomFrom(SEED);
    await using scene = await sceneOf({ source: await apiSource({ order: "asc" }), mode });
    const before = await rowsOf(scene.db);
    for (let time = 0; time < 3; time++) {
      await scene.nextRound();
      const page = Math.floor(random() * PAGES);
      scene.source.failAfter(page);
      const failed = await run(scene.ws.root, "killed");
      expect(failed.code, `page ${page}: ${failed.output}`).toBe(1);
      if (mode === "replace") expect(await rowsOf(scene.db), `page ${page}`).toEqual(before);
    }
    await scene.expectExact();
  });

  test("is read from its beginning where it has no order, and nothing of the failed read is there", async () => {
    await using scene = await sceneOf({ source: await apiSource({ order: "none" }), mode: "append" });
    const count = async () =>
      (await scene.db.client.query("select count(*)::int as n from killed.orders")).rows[0].n as number;
    const before = await count();
    scene.source.failAfter(PAGES - 2);
    expect((await run(scene.ws.root, "killed")).code).toBe(1);
    expect(await count()).toBe(before);
    await scene.expectExact();
  });
});

/** Of the table, as it is, with the runs that loaded them. */
async function rowsOf({ client }: FreshDatabase): Promise<unknown[]> {
  return (await client.query("select * from killed.orders order by id")).rows;
}

describe("an answer that breaks off in its middle", () => {
  test.each(attacked("append", "merge", "replace"))(`is asked for again, by %s (seed ${SEED})`, async (mode) => {
    const random = randomFrom(SEED);
    await using scene = await sceneOf({ source: await apiSource({ order: "asc", asked: "shops" }), mode });
    scene.source.failAfter(1 + Math.floor(random() * PAGES), "cut");
    const { code, output } = await run(scene.ws.root, "killed");
    expect(code, output).toBe(0);
    await scene.expectExact();
  });
});

describe("a second SIGINT", () => {
  test.each(attacked("append", "merge", "replace"))(
    "ends a run at once that cannot end in good order, and hurts nothing, by %s",
    async (mode) => {
      await using scene = await sceneOf({ source: await apiSource({ order: "asc" }), mode });
      await using blocker = await blockedState(scene.db);
      const { child, ended } = startRun(scene.ws.root, "killed");
      await expect.poll(() => waitsForLock(scene.db.client), { timeout: 60_000, interval: 20 }).toBe(true);
      // Two that come too close together are one to the operating system.
      const insisting = setInterval(() => child.kill("SIGINT"), 100);
      const { code, output, result } = await ended;
      clearInterval(insisting);
      expect(code, output).toBe(130);
      expect(result, "a run that ends in good order has a result").toBeUndefined();
      await blocker.release();
      await scene.expectExact();
    },
  );
});

/** Nobody can commit a cursor. */
async function blockedState({ address }: FreshDatabase): Promise<{ release(): Promise<void> } & AsyncDisposable> {
  const client = await connectPostgres(address, { application_name: "blocker" });
  await client.query("begin; lock table _sluice.state in share mode");
  const release = () => client.end();
  return { release, [Symbol.asyncDispose]: release };
}

async function waitsForLock(client: FreshDatabase["client"]): Promise<boolean> {
  const { rowCount } = await client.query(
    "select from pg_locks where not granted and relation = '_sluice.state'::regclass",
  );
  return rowCount === 1;
}
