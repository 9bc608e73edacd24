import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { removeEmbedded } from "../../src/databases/postgres/embedded/embedded-postgres.ts";
import { sluice, workspaceFolder } from "./command-harness.ts";

const DEMO_LIMIT_MS = 120_000;

test("the demo loads real data, moves only new rows again, and can be repeated", {
  timeout: DEMO_LIMIT_MS,
}, async () => {
  const folder = await workspaceFolder();
  onTestFinished(() => removeEmbedded(join(folder, ".sluice/postgres")));
  const first = await sluice(["demo", "--workspace", folder, "--json"]);
  expect(first.stderr).toContain("1,000 more bird strikes");
  expect(first.exit_code).toBe(0);
  const { tables, second_runs, query, events_path, summary_path } = first.json();
  const rows = Object.fromEntries(
    tables.map(({ table, rows: count }: { table: string; rows: number }) => [table, count]),
  );
  expect(rows).toEqual({
    ...{ "demo.airports": 3376, "demo.flights": 200_000, "demo.movies": 3201 },
    ...{ "demo.bird_strikes": 10_000, "demo.earthquakes": 1707, "demo.unemployment": 3218 },
    ...{ "demo_copies.flights": 200_000, "demo_service.earthquakes": 1707 },
  });
  expect(second_runs).toEqual([
    { connection: "bird_strikes", rows: 1000 },
    { connection: "earthquake_service", rows: 25 },
    { connection: "airports", rows: 0 },
  ]);
  expect(await readFile(events_path, "utf8")).toContain('"kind":"run.finish"');
  expect(JSON.parse(await readFile(summary_path, "utf8")).status).toBe("success");

  const config = JSON.parse(await readFile(join(folder, "config.json"), "utf8"));
  config.connections[0].title = "My own title";
  await writeFile(join(folder, "config.json"), JSON.stringify(config, undefined, 2));
  const again = (await sluice(["demo", "--workspace", folder, "--json"])).json();
  expect([again.tables, again.second_runs, again.query]).toEqual([tables, second_runs, query]);
  expect(await readFile(join(folder, "config.json"), "utf8")).toContain("My own title");
});

test("the repository is a workspace itself: what its connections read is there", async () => {
  const root = join(import.meta.dirname, "../..");
  const { connections } = JSON.parse(await readFile(join(root, "config.json"), "utf8"));
  const paths = connections.map(({ schema }: { schema: { options: { path: string } } }) => schema.options.path);
  expect(paths.filter((path: string) => !existsSync(join(root, path)))).toEqual([]);
});
