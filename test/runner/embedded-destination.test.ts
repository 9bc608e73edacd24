import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connectPostgres } from "../../src/databases/postgres/client.ts";
import {
  embeddedStatus,
  removeEmbedded,
  startEmbedded,
  stopEmbedded,
} from "../../src/databases/postgres/embedded/embedded-postgres.ts";
import { testWorkspace } from "./test-workspace.ts";

test("a run starts the embedded Postgres, survives its crash, and gives it back when done", async () => {
  const options = { streams: { cards: { rows: 400, wait_after: 200 } } };
  const connections = [{ name: "board", options, schema: { inference_rows: 20 }, destination: "embedded" }];
  await using ws = await testWorkspace({ connections });
  const folder = join(ws.root, ".sluice", "postgres");
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(() => removeEmbedded(folder));
  const crash = async () => {
    const { pid = 0 } = await embeddedStatus(folder);
    process.kill(pid, "SIGKILL");
    await writeFile(join(ws.root, "go"), "");
  };
  const { result, events } = await ws.run(
    "board",
    { retries: 5, backoff_s: 1 },
    { onEvent: (event) => void (event.message === "waiting" && crash()) },
  );
  expect(result).toMatchObject({ status: "success", exit_code: 0 });
  expect(events.map((event) => event.kind)).toContain("attempt.retrying");
  expect((await embeddedStatus(folder)).users).toEqual([]);

  const lease = await startEmbedded({ folder, purpose: "test" });
  const client = await connectPostgres(lease.address, { application_name: "test" });
  const { rows } = await client.query("select count(*)::int as n, count(distinct id)::int as ids from board.cards");
  await client.end();
  await lease.release();
  expect(rows).toEqual([{ n: 400, ids: 400 }]);
  await stopEmbedded(folder);
});
