import { copyFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { connectPostgres } from "../../../src/databases/postgres/client.ts";
import { asAdmin } from "../../harness/postgres.ts";
import { differenceBetween, NO_DIFFERENCE } from "../comparison.ts";
import { attacked, LIMIT_MS } from "../intensity.ts";
import { run, runToEnd, sluice } from "../program.ts";
import { fileScene, sceneOf } from "../scene.ts";
import { apiSource } from "../sources/api-source.ts";

vi.setConfig({ testTimeout: LIMIT_MS });

const DAY_MS = 86_400_000;
const INCREMENTAL = attacked("append", "merge");

describe("a config.json restored from an older backup", () => {
  test.each(INCREMENTAL)("neither loses nor doubles a row by %s: the destination's cursors count", async (mode) => {
    await using scene = await fileScene(mode);
    const { config, root } = scene.ws;
    await copyFile(config, `${config}.saved`);
    await runToEnd(root, "killed");
    await copyFile(`${config}.saved`, config);
    const { events } = await runToEnd(root, "killed");
    expect(events.find(({ kind }) => kind === "state.reconciled")?.message).toContain("older than the destination's");
    await scene.nextRound();
    await scene.expectExact();
  });
});

describe("a destination restored from an older backup", () => {
  test.each(INCREMENTAL)("gets by %s what it lacks: its cursors agree with its rows", async (mode) => {
    const name = `restored_${mode}_${Date.now()}`;
    await asAdmin((admin) => admin.query(`create database ${name}`));
    await using scene = await fileScene(mode, { database: name });
    await asAdmin((admin) => admin.query(`create database ${name}_backup template ${name}`));
    await runToEnd(scene.ws.root, "killed");
    await asAdmin((admin) => admin.query(`drop database ${name} with (force)`));
    await asAdmin((admin) => admin.query(`alter database ${name}_backup rename to ${name}`));
    const { events } = await runToEnd(scene.ws.root, "killed");
    expect(events.find(({ kind }) => kind === "state.reconciled")?.message).toContain("after restoring a backup");
    await runToEnd(scene.ws.root, "reference");
    const client = await connectPostgres({ ...scene.db.address, database: name }, { application_name: "test" });
    expect(await differenceBetween(client, "killed", "reference")).toEqual(NO_DIFFERENCE);
    await client.end();
    await asAdmin((admin) => admin.query(`drop database ${name} with (force)`));
  });
});

describe("a cursor edited by hand", () => {
  test("stops the run before anything is read; dropped again, nothing is lost or doubled", async () => {
    await using scene = await sceneOf({ source: await apiSource({ order: "asc" }), mode: "append" });
    const { root, configure } = scene.ws;
    await configure((config) => {
      config.connections[0].state.streams.orders.cursor = "2020-01-01T00:00:00.000Z";
    });
    const edited = await run(root, "killed");
    expect([edited.code, edited.result.error.code]).toEqual([3, "state_edited"]);
    expect(edited.events.some(({ kind }) => kind === "stream.start")).toBe(false);
    const restored = await sluice(root, ["state", "restore", "killed", "--yes"]);
    expect(restored.code, restored.output).toBe(0);
    await scene.expectExact();
  });
});

describe("a cursor edited by hand and taken over", () => {
  test("has the rows behind it read again, and merged once", async () => {
    await using scene = await sceneOf({ source: await apiSource({ order: "asc" }), mode: "merge" });
    const { root, configure } = scene.ws;
    await configure((config) => {
      config.connections[0].state.streams.orders.cursor = "2020-01-01T00:00:00.000Z";
    });
    const adopted = await sluice(root, ["state", "adopt", "killed", "--yes"]);
    expect(adopted.code, adopted.output).toBe(0);
    const { result } = await runToEnd(root, "killed");
    expect(result.stats.orders.unchanged).toBeGreaterThan(0);
    await scene.expectExact();
  });
});

describe("a clock set back between runs", () => {
  test.each(INCREMENTAL)("after being ahead loses nothing of an API that is read in windows, by %s", async (mode) => {
    await using scene = await sceneOf({
      source: await apiSource({ order: "none", asked: "windows" }),
      mode,
      rows: 600,
    });
    // Windows of seconds: hours would be thousands of requests.
    const ahead = { preload: "shift-clock", env: { CRASH_CLOCK_MS: "60000" } } as const;
    await runToEnd(scene.ws.root, "killed", ahead);
    // Its table begins with the same rows: whichever come first give the columns their order.
    await runToEnd(scene.ws.root, "reference");
    await scene.nextRound();
    await scene.expectExact();
  });

  test.each(INCREMENTAL)(
    "by days changes nothing of what is loaded by %s, and no summary is written over",
    async (mode) => {
      await using scene = await sceneOf({ source: await apiSource({ order: "asc" }), mode });
      const { root } = scene.ws;
      const back = { preload: "shift-clock", env: { CRASH_CLOCK_MS: `${-3 * DAY_MS}` } } as const;
      const first = await runToEnd(root, "killed", back);
      expect(Date.parse(first.events[0].ts)).toBeLessThan(Date.now() - 2 * DAY_MS);
      await scene.nextRound();
      const second = await runToEnd(root, "killed", back);
      expect(second.result.summary_path).not.toBe(first.result.summary_path);
      await scene.nextRound();
      await scene.expectExact();
    },
  );
});
