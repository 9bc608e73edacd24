import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

test("every session of a run says in pg_stat_activity whose it is: the run's id, and the stream", async () => {
  await using database = await freshDatabase();
  // More rows than the columns are settled by: before there is something to write, a stream has no session of its own.
  const options = { streams: { cards: { rows: 3_000, wait_after: 2_500 } } };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const sql =
    "select application_name as name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() order by 1";
  const names = () => database.client.query(sql).then(({ rows }) => rows.map(({ name }) => name));
  let seen: Promise<void> | undefined;
  const { result } = await ws.run(
    "board",
    {},
    {
      onEvent: ({ message, run_id }) => {
        if (message !== "waiting") return;
        const expected = [`sluice ${run_id}`, `sluice ${run_id} cards`, `sluice run ${run_id}`];
        seen = expect.poll(names).toEqual(expected);
        seen.catch(() => {}).finally(() => writeFile(join(ws.root, "go"), ""));
      },
    },
  );
  expect(result.status).toBe("success");
  expect(seen).toBeDefined();
  await seen;
});
