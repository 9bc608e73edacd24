import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunEvent } from "../../src/core/events.ts";
import { pauseAfter } from "../../src/runner/backoff.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { sleepless, testWorkspace } from "./test-workspace.ts";

function kindsOf(events: readonly RunEvent[]): string[] {
  return events.map((event) => event.kind).filter((kind) => kind.startsWith("attempt."));
}

test("an error that may pass is tried again, and the next attempt goes on from the last commit", async () => {
  await using database = await freshDatabase();
  const fail = { after: 20, message: "socket hang up", times: 1 };
  const connections = [{ name: "board", options: { streams: { cards: { rows: 50, fail } } } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  const { result, events } = await ws.run("board", { retries: 2 });
  expect(result).toMatchObject({ status: "success", exit_code: 0, stats: { cards: { inserted: 50, error: null } } });
  expect(kindsOf(events)).toEqual(["attempt.start", "attempt.error", "attempt.retrying", "attempt.start"]);
  const failure = events.find((event) => event.kind === "attempt.error");
  expect(failure?.data).toMatchObject({
    attempt: 1,
    max_attempts: 3,
    error: { code: "source_failed", recovery: "retry" },
  });
  expect(failure?.data).toMatchObject({
    error: { message: expect.stringContaining("reading cards of board: socket") },
  });
  const { rows } = await database.client.query(
    "select count(*)::int as n, count(distinct id)::int as ids from board.cards",
  );
  expect(rows).toEqual([{ n: 50, ids: 50 }]);
});

test("attempts end when they are used up, with the error that stays", async () => {
  await using database = await freshDatabase();
  const fail = { after: 0, message: "still down" };
  const connections = [{ name: "board", options: { streams: { cards: { rows: 5, fail } } } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  const { result, events } = await ws.run("board", { retries: 2 });
  expect(result).toMatchObject({ status: "failed", exit_code: 1, error: { code: "source_failed" } });
  expect(kindsOf(events).filter((kind) => kind === "attempt.start")).toHaveLength(3);
});

test("an error that trying again cannot mend is tried once", async () => {
  await using database = await freshDatabase();
  const fail = { after: 0, code: "credentials_rejected", message: "401 from the source" };
  const connections = [{ name: "board", options: { streams: { cards: { rows: 5, fail } } } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  const { result, events } = await ws.run("board", { retries: 5 });
  expect(result).toMatchObject({ status: "failed", exit_code: 3, error: { code: "credentials_rejected" } });
  expect(kindsOf(events)).toEqual(["attempt.start", "attempt.error"]);
});

test("a stream that failed does not stop the others: the run is partial", async () => {
  await using database = await freshDatabase();
  const fail = { after: 10, code: "source_format", message: "line 11 is broken" };
  const streams = { bad: { rows: 20, fail }, good: { rows: 30, pause_ms: 5 } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams } }],
  });
  const { result, events } = await ws.run("board", { retries: 3 });
  expect(result).toMatchObject({ status: "partial", exit_code: 4, error: { code: "source_format" } });
  expect(result.stats).toMatchObject({ good: { outcome: "success", inserted: 30 }, bad: { outcome: "failed" } });
  expect(kindsOf(events)).toEqual(["attempt.start", "attempt.error"]);
});

test("a further attempt reads only the streams that have not succeeded", async () => {
  await using database = await freshDatabase();
  const fail = { after: 0, message: "not yet", times: 1 };
  const streams = { flaky: { rows: 5, fail }, steady: { rows: 5 } };
  await using ws = await testWorkspace({
    address: database.address,
    connections: [{ name: "board", options: { streams } }],
  });
  const { result } = await ws.run("board", { retries: 1 });
  expect(result.status).toBe("success");
  expect(await readFile(join(ws.root, "read_steady.count"), "utf8")).toBe("x");
  expect(await readFile(join(ws.root, "read_flaky.count"), "utf8")).toBe("xx");
});

test("an error that concerns the whole run stops the other streams and begins no more", async () => {
  await using database = await freshDatabase();
  const fail = { after: 0, code: "credentials_rejected", message: "401" };
  const streams = { bad: { rows: 5, fail }, slow: { rows: 5, hang_after: 0 }, later: { rows: 5 } };
  const schema = { parallel: 2 };
  const connections = [{ name: "board", options: { streams }, schema }];
  await using ws = await testWorkspace({ address: database.address, connections });
  const { result } = await ws.run("board");
  expect(result).toMatchObject({ status: "failed", exit_code: 3, error: { code: "credentials_rejected" } });
  expect(result.stats).toMatchObject({ slow: { outcome: "cancelled" }, later: { outcome: "skipped" } });
});

test("finding the streams is tried again too", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 5 } }, discover_fails: 1 };
  await using ws = await testWorkspace({ address: database.address, connections: [{ name: "board", options }] });
  const { result, events } = await ws.run("board", { retries: 1 });
  expect(result).toMatchObject({ status: "success", stats: { cards: { inserted: 5 } } });
  expect(events.find((event) => event.kind === "attempt.retrying")?.data).toMatchObject({
    error: { code: "source_failed", message: expect.stringContaining("the source is asleep") },
  });
});

test("a destination that ends every session in the middle of a run costs an attempt and no row", async () => {
  await using database = await freshDatabase();
  const options = { streams: { cards: { rows: 400, wait_after: 200 } } };
  const connections = [{ name: "board", options, schema: { inference_rows: 20 } }];
  await using ws = await testWorkspace({ address: database.address, connections });
  const { result, events } = await ws.run(
    "board",
    { retries: 3 },
    {
      onEvent: (event) => {
        if (event.message === "waiting") void endSessions(database).then(() => writeFile(join(ws.root, "go"), ""));
      },
    },
  );
  expect(result).toMatchObject({ status: "success", exit_code: 0 });
  expect(kindsOf(events)).toContain("attempt.retrying");
  expect(events.find((event) => event.kind === "attempt.error")?.data).toMatchObject({
    error: { code: "destination_lost" },
  });
  const { rows } = await database.client.query(
    "select count(*)::int as n, count(distinct id)::int as ids from board.cards",
  );
  expect(rows).toEqual([{ n: 400, ids: 400 }]);
});

async function endSessions({ client, address }: FreshDatabase): Promise<void> {
  const sql = "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()";
  await client.query(sql, [address.database]);
}

test("a destination that is not there at the start is told with its address", async () => {
  const address = { host: "127.0.0.1", port: 1, database: "none", username: "nobody" };
  const connections = [{ name: "board", options: { streams: { cards: { rows: 5 } } } }];
  await using ws = await testWorkspace({ address, connections, clock: sleepless });
  const { result, events } = await ws.run("board", { retries: 1 });
  expect(result).toMatchObject({ status: "failed", exit_code: 1, error: { code: "destination_unreachable" } });
  expect(result.error?.message).toContain("127.0.0.1:1");
  expect(kindsOf(events).filter((kind) => kind === "attempt.start")).toHaveLength(2);
  expect(result.summary_path).not.toBeNull();
});

test("pauses double up to a minute and are spread over their second half", () => {
  expect([1, 2, 3].map((attempt) => pauseAfter(attempt, 2, () => 1))).toEqual([2000, 4000, 8000]);
  expect(pauseAfter(3, 2, () => 0)).toBe(4000);
  expect(pauseAfter(40, 2, () => 1)).toBe(60_000);
  expect(pauseAfter(1, 0, () => 1)).toBe(0);
});
