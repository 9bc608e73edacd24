import { beforeAll, beforeEach, expect, test, vi } from "vitest";
import { connectPostgres } from "../../../src/databases/postgres/client.ts";
import { startCopy } from "../../../src/databases/postgres/copy.ts";
import { type FreshDatabase, freshDatabase } from "../../harness/postgres.ts";
import { startTcpProxy } from "../../harness/tcp-proxy.ts";

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

beforeEach(async () => {
  await database.client.query(
    "drop table if exists numbers; create table numbers (number int check (number <> 77777))",
  );
});

/** Lines of COPY text, a thousand numbers a chunk. */
function* chunks(count: number): Generator<Buffer> {
  for (let at = 0; at < count; at++) {
    yield Buffer.from(Array.from({ length: 1000 }, (_, i) => `${at * 1000 + i}\n`).join(""));
  }
}

test("rows arrive as they were sent, and chunks that came back may be filled anew", async () => {
  const { client } = database;
  await client.query("alter table numbers drop constraint numbers_number_check");
  const copy = startCopy(client, "numbers", ["number"]);
  let released = 0;
  for (const chunk of chunks(2000)) {
    await copy.write(chunk, () => {
      released += 1;
      chunk.fill("x");
    });
  }
  expect(await copy.end()).toBe(2_000_000);
  expect(released).toBe(2000);
  const { rows } = await client.query("select count(distinct number)::int as n, max(number) as last from numbers");
  expect(rows).toEqual([{ n: 2_000_000, last: 1_999_999 }]);
});

test("once the server has refused a row, chunks that were not sent come back too", async () => {
  const { client } = database;
  const copy = startCopy(client, "numbers", ["number"]);
  const release = vi.fn();
  let written = 0;
  const writing = async () => {
    for (const chunk of chunks(2000)) {
      written += 1;
      await copy.write(chunk, release);
    }
    await copy.end();
  };
  await expect(writing()).rejects.toMatchObject({ code: "23514" });
  await expect.poll(() => release.mock.calls.length).toBe(written);
  expect((await client.query("select count(*)::int as n from numbers")).rows).toEqual([{ n: 0 }]);
});

test("a COPY that is given up stores nothing, with rows waiting or not, and gives everything back", async () => {
  const { client } = database;
  for (const count of [0, 1, 50]) {
    const copy = startCopy(client, "numbers", ["number"]);
    const release = vi.fn();
    const writes = [...chunks(count)].map((chunk) => copy.write(chunk, release).catch(() => {}));
    await copy.abort();
    await Promise.all(writes);
    await expect.poll(() => release.mock.calls.length).toBe(count);
    expect((await client.query("select count(*)::int as n from numbers")).rows).toEqual([{ n: 0 }]);
  }
});

test("a COPY that was given up while it ended stores nothing", async () => {
  const { client } = database;
  const copy = startCopy(client, "numbers", ["number"]);
  for (const chunk of chunks(50)) void copy.write(chunk).catch(() => {});
  const ending = copy.end();
  const outcome = expect(ending).rejects.toMatchObject({ code: "57014" });
  await copy.abort();
  await outcome;
  expect((await client.query("select count(*)::int as n from numbers")).rows).toEqual([{ n: 0 }]);
});

test("a table that is not there is the server's error, and a connection that breaks an error of its own", async () => {
  const { client, address } = database;
  await client.query("alter table numbers drop constraint numbers_number_check");
  const nowhere = startCopy(client, "nowhere", ["number"]);
  await expect(nowhere.end()).rejects.toMatchObject({ code: "42P01" });
  await using proxy = await startTcpProxy(address.port);
  const far = await connectPostgres({ ...address, host: "127.0.0.1", port: proxy.port }, { application_name: "cut" });
  const copy = startCopy(far, "numbers", ["number"]);
  const writing = async () => {
    for (const chunk of chunks(100_000)) {
      if (chunk.includes("\n77777\n")) proxy.cut();
      await copy.write(chunk);
    }
  };
  await expect(writing()).rejects.toThrow(/terminated|ended|ECONNRESET|EPIPE/);
  await copy.abort();
});
