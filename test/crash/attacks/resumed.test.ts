import { readFile } from "node:fs/promises";
import { describe, expect, test, vi } from "vitest";
import { LIMIT_MS } from "../intensity.ts";
import { run, sluice } from "../program.ts";
import { fileScene, type Scene, sceneOf } from "../scene.ts";
import { apiSource } from "../sources/api-source.ts";
import { databaseSource } from "../sources/database-source.ts";

vi.setConfig({ testTimeout: LIMIT_MS });

/** A run that is killed after a commit, and the one after it, which a person starts. */
async function resumed({ ws, db }: Scene, commits: number) {
  const env = { CRASH_KILL_AT: `after_commit:${commits}` };
  const killed = await run(ws.root, "killed", { preload: "kill-at", env });
  expect(killed.signal, killed.output).toBe("SIGKILL");
  const { rows } = await db.client.query(
    `select (select count(*)::int from killed.orders) as loaded, cursor from _sluice.state
     where run_id in (select _sluice_run_id from killed.orders)`,
  );
  const { code, output } = await sluice(ws.root, ["run", "killed"]);
  expect(code, output).toBe(0);
  const [summaryPath = "", logPath = ""] = [/\S+\.json$/m, /\S+_events\.jsonl$/m].map((path) => path.exec(output)?.[0]);
  const summary = JSON.parse(await readFile(summaryPath, "utf8"));
  const events = (await readFile(logPath, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  return {
    ...rows[0],
    output,
    stats: Object.values(summary.stats)[0],
    said: events.find(({ kind }) => kind === "stream.start").message,
  };
}

describe("a run that goes on where a killed one was says from where, in its events, its report and its summary", () => {
  test("of a file by its line", async () => {
    await using scene = await fileScene("append");
    const { loaded, output, stats, said } = await resumed(scene, 2);
    const lines = loaded + 1; // with the header
    const place = `line ${lines.toLocaleString("en")} of orders.csv`;
    expect([stats.continued_at, said]).toEqual([place, `continuing orders from ${place}`]);
    expect(output).toContain(`→ killed.orders, continued from ${place}`);
    await scene.expectExact();
  });

  test("of an API by the value of its cursor", async () => {
    await using scene = await sceneOf({ source: await apiSource({ order: "asc" }), mode: "append" });
    const { cursor, output, stats, said } = await resumed(scene, 2);
    expect([stats.continued_at, said]).toEqual([cursor.at, `continuing orders from ${cursor.at}`]);
    expect(output).toContain(`, continued from ${cursor.at}`);
    await scene.expectExact();
  });

  test("of a table by the values of its cursor and key", async () => {
    await using scene = await sceneOf({ source: await databaseSource({ form: "bytes" }), mode: "append" });
    const { cursor, output, stats } = await resumed(scene, 1);
    const [time, id] = cursor.at;
    const place = id === undefined ? `updated_at ${time}` : `updated_at ${time}, id ${id}`;
    expect(stats).toMatchObject({ continued_at: place, continued_from: cursor });
    expect(output).toContain(`, continued from ${place}`);
    await scene.expectExact();
  });
});
