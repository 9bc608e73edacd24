import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

test("every session of a run says in pg_stat_activity whose it is: the run's id, and the stream", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 30, wait_after: 20 } } };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const sql =
    "select application_name as name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() order by 1";
  let seen: Promise<string[]> | undefined;
  const { result } = await ws.run(
    "board",
    {},
    {
      onEvent: ({ message }) => {
        if (message !== "waiting") return;
        seen = database.client.query(sql).then(({ rows }) => rows.map(({ name }) => name));
        seen.finally(() => writeFile(join(ws.root, "go"), ""));
      },
    },
  );
  const { run_id } = result;
  expect(await seen).toEqual([`sluice ${run_id}`, `sluice ${run_id} cards`, `sluice run ${run_id}`]);
});
