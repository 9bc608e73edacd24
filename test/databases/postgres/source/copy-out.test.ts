import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { to } from "pg-copy-streams";
import { beforeAll, describe, expect, test } from "vitest";
import { connectPostgres } from "../../../../src/databases/postgres/client.ts";
import { BINARY_HEADER } from "../../../../src/databases/postgres/copy.ts";
import { uuidLead } from "../../../../src/databases/postgres/row-lead.ts";
import { copyOut } from "../../../../src/databases/postgres/source/copy-out.ts";
import { type FreshDatabase, freshDatabase } from "../../../harness/postgres.ts";
import { startTcpProxy } from "../../../harness/tcp-proxy.ts";

let database: FreshDatabase;

beforeAll(async () => {
  database = await freshDatabase();
});

/** What the driver's own way gives. */
async function plainCopy(client: pg.Client, select: string, format: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await pipeline(
    client.query(to(`copy (${select}) to stdout (format ${format})`)),
    async (stream: AsyncIterable<Buffer>) => {
      for await (const chunk of stream) chunks.push(chunk);
    },
  );
  const all = Buffer.concat(chunks);
  return format === "binary" ? all.subarray(BINARY_HEADER.length, -2) : all;
}

const SELECTS = {
  "many short rows": "select i, i % 7 from generate_series(1, 200000) i",
  "no rows": "select 1 where false",
  "one row": "select 1",
  "rows of nulls": "select null::int from generate_series(1, 5000)",
  "rows longer than a piece among short ones":
    "select i, repeat('x', case i % 50 when 0 then 900000 else i % 9 end) from generate_series(1, 200) i",
  "rows about as long as a piece": "select repeat('y', 262010 + i) from generate_series(1, 200, 3) i",
  "rows that fill pieces to the last byte": "select '1234567' from generate_series(1, 65536)",
  "rows that fill pieces to the last byte with their lead":
    "select 1::int8, 2::int8, 3::int8, 4::int2 from generate_series(1, 8192)",
};

describe.each(Object.entries(SELECTS))("a copy of %s", (_, select) => {
  test.each(["binary", "text"] as const)(
    "gives the bytes and the number of rows in %s form, whole rows where they fit",
    async (format) => {
      const { client } = database;
      const pieces = [];
      for await (const piece of copyOut(client, `copy (${select}) to stdout (format ${format})`, format))
        pieces.push(piece);
      expect(Buffer.concat(pieces.map(({ copy }) => copy)).equals(await plainCopy(client, select, format))).toBe(true);
      const { rows } = await client.query(`select count(*)::int as n from (${select}) q`);
      expect(pieces.reduce((sum, { count }) => sum + count, 0)).toBe(rows[0].n);
      if (format === "text" && !select.includes("repeat"))
        for (const { copy } of pieces) expect(copy.at(-1)).toBe(0x0a);
    },
  );

  test.each(["binary", "text"] as const)("begins every row with the lead in %s form", async (format) => {
    const { client } = database;
    const { fields } = await client.query(`select * from (${select}) q limit 0`);
    const lead = uuidLead(UUID, format, fields.length);
    const pieces = [];
    for await (const piece of copyOut(client, `copy (${select}) to stdout (format ${format})`, format, { lead }))
      pieces.push(piece);
    const led = `select '${UUID}'::uuid, q.* from (${select}) q`;
    expect(Buffer.concat(pieces.map(({ copy }) => copy)).equals(await plainCopy(client, led, format))).toBe(true);
    const { rows } = await client.query(`select count(*)::int as n from (${select}) q`);
    expect(pieces.reduce((sum, { count }) => sum + count, 0)).toBe(rows[0].n);
  });
});

const UUID = "019aa4d0-1234-7000-8000-00000000abcd";

test("a slow reader holds the server back", async () => {
  const { client, address } = database;
  const reader = await connectPostgres(address, { application_name: "slow reader" });
  const pieces = copyOut(reader, "copy (select repeat('x', 1000) from generate_series(1, 100000)) to stdout", "text");
  await pieces.next();
  await expect
    .poll(
      async () =>
        (await client.query("select wait_event from pg_stat_activity where application_name = 'slow reader'")).rows,
    )
    .toEqual([{ wait_event: "ClientWrite" }]);
  let bytes = 0;
  for await (const { copy } of pieces) bytes += copy.length;
  expect(bytes).toBeGreaterThan(99_000_000);
  expect((await reader.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  await reader.end();
});

test("an error of the server comes after the rows before it, and the connection can be used again", async () => {
  const { client } = database;
  const pieces = copyOut(
    client,
    "copy (select 1 / (50000 - i), repeat(md5(i::text), 3) from generate_series(1, 60000) i) to stdout",
    "text",
  );
  let count = 0;
  const reading = async () => {
    for await (const piece of pieces) count += piece.count;
  };
  await expect(reading()).rejects.toMatchObject({ code: "22012" });
  expect(count).toBeGreaterThan(0);
  expect((await client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("a statement that the server refuses is an error of its own", async () => {
  const pieces = copyOut(database.client, "copy (select nothing) to stdout", "text");
  await expect(pieces.next()).rejects.toMatchObject({ code: "42703" });
  expect((await database.client.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
});

test("a connection that breaks is an error, not an end", async () => {
  await using proxy = await startTcpProxy(database.address.port);
  const client = await connectPostgres(
    { ...database.address, host: "127.0.0.1", port: proxy.port },
    { application_name: "cut" },
  );
  const reading = async () => {
    for await (const _ of copyOut(
      client,
      "copy (select i, pg_sleep(0.001) from generate_series(1, 1000000) i) to stdout",
      "text",
    ))
      proxy.cut();
  };
  setTimeout(() => proxy.cut(), 200);
  await expect(reading()).rejects.toThrow(/terminated|ECONNRESET/);
});

test("left early, it ends its connection", async () => {
  const reader = await connectPostgres(database.address, { application_name: "early" });
  const ended = new Promise((resolve) => reader.once("end", resolve));
  for await (const _ of copyOut(reader, "copy (select i from generate_series(1, 2000000) i) to stdout", "text")) break;
  await ended;
});
