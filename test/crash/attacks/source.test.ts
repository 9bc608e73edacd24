import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { randomFrom } from "../../../bench/random.ts";
import { attacked, SEED } from "../intensity.ts";
import { run, startRun } from "../program.ts";
import { sceneOf } from "../scene.ts";
import { apiSource } from "../sources/api-source.ts";

vi.setConfig({ testTimeout: 120_000 });

/** A round has a dozen pages. */
const PAGES = 12;

describe("a source that fails at any page", () => {
  test.each(attacked("append", "merge", "replace"))(`is read on after it, by %s (seed ${SEED})`, async (mode) => {
    const random = randomFrom(SEED);
    await using scene = await sceneOf({ source: await apiSource({ order: "asc" }), mode });
    for (let time = 0; time < 3; time++) {
      await scene.nextRound();
      const page = Math.floor(random() * PAGES);
      scene.source.failAfter(page);
      const failed = await run(scene.ws.root, "killed");
      expect(failed.code, `page ${page}: ${failed.output}`).toBe(1);
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

describe("a second SIGINT", () => {
  test.each(attacked("append", "merge", "replace"))("ends the run at once and hurts nothing, by %s", async (mode) => {
    await using scene = await sceneOf({ source: await apiSource({ order: "asc", pause_ms: 100 }), mode });
    const { child, ended } = startRun(scene.ws.root, "killed");
    await expect.poll(() => isLoading(scene.db.client), { timeout: 60_000, interval: 10 }).toBe(true);
    child.kill("SIGINT");
    await sleep(1);
    child.kill("SIGINT");
    const { code, output } = await ended;
    expect(code, output).toBe(130);
    await scene.expectExact();
  });
});

/** The stream's own session is there. */
async function isLoading(client: { query(sql: string): Promise<{ rowCount: number | null }> }): Promise<boolean> {
  const { rowCount } = await client.query(
    "select from pg_stat_activity where datname = current_database() and application_name like 'sluice % orders'",
  );
  return rowCount === 1;
}
