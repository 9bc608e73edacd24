import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { freshDatabase } from "../harness/postgres.ts";
import { startTcpProxy, type TcpProxy } from "../harness/tcp-proxy.ts";
import { type Loads, loadsOf } from "./postgres-loads.ts";

const ORDERS = `create table orders (id int primary key, item text, updated_at timestamptz not null);
create index on orders (updated_at);
insert into orders select i, 'item ' || i, timestamptz '2026-01-01' + i / 3 * interval '1 hour' from generate_series(1, 100) i;`;

describe("an incremental read", () => {
  test("proposes merge by the time of the last change, and then reads only what changed", async () => {
    await using loads = await loadsOf({ source: ORDERS });
    const { result } = await loads.run();
    expect(result.error).toBeNull();
    expect(result.stats["public.orders"]).toMatchObject({ mode: "merge", inserted: 100 });
    expect(result.state_updates?.streams["public.orders"]).toEqual({
      cursor: { v: 1, by: ["updated_at", "id"], at: ["2026-01-02 09:00:00+00", "100"] },
    });
    await loads.source.client.query(`update orders set item = 'new', updated_at = '2026-02-01' where id in (3, 50);
      insert into orders values (101, 'later', '2026-02-01 01:00')`);
    const second = await loads.run();
    expect(second.result.stats["public.orders"]).toMatchObject({ rows_read: 3, inserted: 1, updated: 2 });
    expect(await loads.differences("public.orders", "orders")).toEqual([]);
  });

  test("reads nothing and leaves the cursor where it is when nothing is new", async () => {
    await using loads = await loadsOf({ source: ORDERS });
    await loads.run();
    const cursor = await loads.cursor("public.orders");
    const { result } = await loads.run();
    expect(result).toMatchObject({ status: "success", state_updates: null });
    expect(result.stats["public.orders"]).toMatchObject({ rows_read: 0 });
    expect(await loads.cursor("public.orders")).toEqual(cursor);
  });

  test("appends rows that share the cursor's value with the last one, by their key", async () => {
    await using loads = await loadsOf({ source: ORDERS, schema: { streams: { "public.orders": { mode: "append" } } } });
    await loads.run();
    await loads.source.client.query(
      `insert into orders values (101, 'tied', '2026-01-02 09:00'), (102, 'tied', '2026-01-02 09:00')`,
    );
    const { result } = await loads.run();
    expect(result.stats["public.orders"]).toMatchObject({ inserted: 2 });
    expect(await loads.differences("public.orders", "orders")).toEqual([]);
  });

  test("leaves rows younger than the lag to a later run", async () => {
    const options = { streams: { "public.orders": { lag: "1 hour" } } };
    const source = `${ORDERS} insert into orders values (101, 'young', now()), (102, 'old enough', now() - interval '2 hours')`;
    await using loads = await loadsOf({
      source,
      options,
      schema: { streams: { "public.orders": { mode: "append" } } },
    });
    const first = await loads.run();
    expect(first.result.stats["public.orders"]).toMatchObject({ inserted: 101 });
    await loads.source.client.query("update orders set updated_at = now() - interval '61 minutes' where id = 101");
    expect((await loads.run()).result.stats["public.orders"]).toMatchObject({ inserted: 1 });
    expect((await loads.run()).result.stats["public.orders"]).toMatchObject({ inserted: 0 });
  });

  test("finds late rows again within the lookback", async () => {
    const options = { streams: { "public.orders": { lookback: "1 day" } } };
    await using loads = await loadsOf({ source: ORDERS, options });
    await loads.run();
    await loads.source.client.query(
      "insert into orders values (101, 'late', '2026-01-02 02:00'), (102, 'too late', '2026-01-01 01:00')",
    );
    const { result } = await loads.run();
    expect(result.stats["public.orders"]).toMatchObject({ inserted: 1, updated: 0 });
    expect(await loads.cursor("public.orders")).toMatchObject({ at: ["2026-01-02 09:00:00+00", "100"] });
  });

  test.each([
    ["bigint", "i", "lookback: a number", 10],
    ["numeric(20,4)", "i * 1.5", "", undefined],
    ["date", "date '2026-01-01' + i", "", "2 days"],
    ["timestamp", "timestamp '2026-01-01' + i * interval '1 second'", "", "5 seconds"],
    ["text", "lpad(i::text, 5, '0')", "", undefined],
    ["uuid", "lpad(i::text, 32, '0')::uuid", "", undefined],
    ["real", "i / 3.0", "", undefined],
    ["mood", "case when i <= 50 then 'bad'::mood else 'good' end", "", undefined],
  ])("goes by a cursor of the type %s", async (type, value, _, lookback) => {
    const source = `create type mood as enum ('good', 'bad');
      create table t (a int, b text, c ${type} not null, primary key (b, a));
      create view numbers as select i from generate_series(1, 60) i;
      insert into t select i, 'k', ${value} from numbers where i <= 40;`;
    const schema = { streams: { "public.t": { mode: "merge", cursor_field: "c" } } };
    const options = { tables: ["t"], ...(lookback === undefined ? {} : { streams: { "public.t": { lookback } } }) };
    await using loads = await loadsOf({ source, options, schema });
    expect((await loads.run()).result).toMatchObject({ error: null, stats: { "public.t": { inserted: 40 } } });
    await loads.source.client.query(`insert into t select i, 'k', ${value} from numbers where i > 40`);
    const added = type === "mood" ? 10 : 20;
    expect((await loads.run()).result).toMatchObject({ error: null, stats: { "public.t": { inserted: added } } });
    if (type !== "mood") expect(await loads.differences("public.t", "t")).toEqual([]);
  });

  test("copies the whole table again by merge when there is no cursor", async () => {
    const schema = { streams: { "public.orders": { mode: "merge" } } };
    await using loads = await loadsOf({
      source: ORDERS.replace("updated_at", "at").replaceAll("updated_at", "at"),
      schema,
    });
    await loads.run();
    await loads.source.client.query("update orders set item = 'changed' where id = 7");
    const { result } = await loads.run();
    expect(result.stats["public.orders"]).toMatchObject({ rows_read: 100, updated: 1, inserted: 0 });
    expect(await loads.differences("public.orders", "orders")).toEqual([]);
  });

  test("does not take a cursor of another column, nor one that is not of its type any more", async () => {
    await using loads = await loadsOf({ source: ORDERS, schema: { streams: { "public.orders": { mode: "append" } } } });
    await loads.run();
    await loads.source.client.query("alter table orders rename updated_at to modified_at");
    expect((await loads.run()).result.error).toMatchObject({
      code: "source_cursor",
      message: expect.stringMatching(
        /it is of updated_at, id, and the stream goes by modified_at, id now.*sluice state reset/,
      ),
    });
    await loads.source.client.query("alter table orders rename modified_at to updated_at");
    await loads.source.client.query(
      "alter table orders alter updated_at type timestamp using now(), alter id type uuid using gen_random_uuid()",
    );
    expect((await loads.run()).result.error).toMatchObject({ code: "source_cursor" });
  });
});

describe("a first read in ranges", () => {
  const BIG = `create table big (id int primary key, filler text, updated_at timestamptz not null default '2026-01-01');
    insert into big select i, repeat('x', 500), timestamptz '2026-01-01' + i * interval '1 second' from generate_series(1, 2000) i;`;
  const options = { range_mb: 0.1 };
  const schema = { checkpoint_mb: 0.05, streams: { "public.big": { mode: "append", cursor_field: "updated_at" } } };

  test("checkpoints after each of them", async () => {
    await using loads = await loadsOf({ source: BIG, options, schema });
    const { result, events } = await loads.run();
    expect(result.error).toBeNull();
    expect(events.filter(({ kind }) => kind === "checkpoint.commit").length).toBeGreaterThan(5);
    expect(await loads.cursor("public.big")).toMatchObject({
      by: ["updated_at", "id"],
      at: ["2026-01-01 00:33:20+00", "2000"],
    });
    expect(await loads.differences("public.big", "big")).toEqual([]);
  });

  test("by several connections at once, each into the destination over one of its own", async () => {
    await using loads = await loadsOf({ source: BIG, options: { ...options, range_readers: 3 }, schema });
    const { result, events } = await loads.run();
    expect(result.error).toBeNull();
    expect(events.map(({ message }) => message)).toContain("public.big is read in ranges, 3 at once");
    const { rows } = await loads.destination.client.query(
      "select count(distinct xmin::text) as transactions, count(distinct _sluice_run_id) as runs from shop.big",
    );
    expect(Number(rows[0].transactions)).toBeGreaterThan(5);
    expect(Number(rows[0].runs)).toBe(1);
    expect(await loads.cursor("public.big")).toMatchObject({ at: ["2026-01-01 00:33:20+00", "2000"] });
    expect(await loads.differences("public.big", "big")).toEqual([]);
    expect((await loads.run()).result.stats["public.big"]).toMatchObject({ inserted: 0 });
  });

  test("with one connection where the source has no more to give", async () => {
    const username = `narrow_${randomUUID().slice(0, 8)}`;
    const role = `create role ${username} login password 'narrow' connection limit 1; grant select on big to ${username};`;
    const address = { username, password: "narrow" };
    const readers = { ...options, range_readers: 4 };
    await using loads = await loadsOf({ source: BIG + role, options: readers, schema, apart: true, address });
    const { result, events } = await loads.run();
    await loads.source.client.query(`drop owned by ${username}; drop role ${username}`);
    expect(result.error).toBeNull();
    const told = events.filter(({ level }) => level === "warn").map(({ message }) => message);
    expect(told).toContainEqual(
      expect.stringContaining("public.big is read with fewer connections than it might be: "),
    );
    expect(await loads.differences("public.big", "big")).toEqual([]);
  });

  test("goes on with the next range after it was stopped, and leaves rows that came meanwhile to the next run", async () => {
    await using loads = await loadsOf({ source: BIG, options, schema });
    const stop = new AbortController();
    const first = await loads.run(
      {},
      {
        signal: stop.signal,
        onEvent: (event) => {
          if (event.kind === "checkpoint.commit") stop.abort();
        },
      },
    );
    expect(first.result.status).toBe("cancelled");
    const cursor = await loads.cursor("public.big");
    expect(cursor).toMatchObject({
      by: ["updated_at", "id"],
      pass: { page: expect.any(Number), upper: ["2026-01-01 00:33:20+00", "2000"] },
    });
    const { client } = loads.source;
    await client.query("delete from big where id = 2");
    await client.query("vacuum big");
    await client.query("insert into big values (3001, 'in an old page', '2026-03-01')");
    await client.query("insert into big select i, repeat('y', 500), '2026-03-02' from generate_series(3002, 3100) i");
    const second = await loads.run();
    expect(second.result).toMatchObject({ error: null, status: "success" });
    const third = await loads.run();
    expect(third.result.stats["public.big"]).toMatchObject({ inserted: 100 });
    const wrong = await loads.differences("public.big", "big");
    expect(wrong.filter((row) => !/^extra: \{2,/.test(row))).toEqual([]);
  });

  test.each([
    ["append", "source_changed"],
    ["merge", null],
  ])("begins again by merge, and refuses to by append, when the table was written anew: %s", async (mode, code) => {
    const streams = { "public.big": { mode, cursor_field: "updated_at" } };
    await using loads = await loadsOf({ source: BIG, options, schema: { ...schema, streams } });
    await stoppedAfterCommit(loads);
    await loads.source.client.query("vacuum full big");
    const { result } = await loads.run();
    expect(result.error?.code ?? null).toBe(code);
    if (code !== null) expect(result.error?.message).toMatch(/public\.big: the table was written anew.*--full-refresh/);
    else expect(await loads.differences("public.big", "big")).toEqual([]);
  });

  test("goes through a partitioned table partition by partition", async () => {
    const source = `create table big (id int, day date, filler text, primary key (id, day)) partition by range (day);
      create table big_1 partition of big for values from ('2026-01-01') to ('2026-02-01');
      create table big_2 (filler text, day date not null, id int not null);
      alter table big attach partition big_2 for values from ('2026-02-01') to ('2026-03-01');
      create table big_rest partition of big default;
      insert into big select i, date '2026-01-01' + i % 59, repeat('x', 500) from generate_series(1, 1500) i;`;
    const streams = { "public.big": { mode: "append" } };
    await using loads = await loadsOf({ source, options, schema: { ...schema, streams } });
    await stoppedAfterCommit(loads);
    const { result } = await loads.run();
    expect(result).toMatchObject({ error: null });
    expect(Object.keys(result.stats)).toEqual(["public.big"]);
    expect(await loads.differences("public.big", "big")).toEqual([]);
    expect(await loads.cursor("public.big")).toEqual({ v: 1, by: [], at: [] });
  });

  test("goes on with the next attempt when the connection breaks between ranges", async () => {
    await using database = await freshDatabase();
    await database.client.query(BIG);
    let sent = 0;
    let proxy: TcpProxy | undefined;
    await using cutting = await startTcpProxy(database.address.port, (chunk) => {
      sent += chunk.length;
      if (sent > 700_000 && sent - chunk.length <= 700_000) setImmediate(() => proxy?.cut());
      return chunk;
    });
    proxy = cutting;
    const address = { ...database.address, host: "127.0.0.1", port: cutting.port };
    await using loads = await loadsOf({ source: "select 1", address, options, schema });
    const { result, events } = await loads.run({ retries: 2 });
    expect(result).toMatchObject({ status: "success", error: null });
    expect(events.find(({ kind }) => kind === "attempt.error")?.data).toMatchObject({ error: { code: "source_lost" } });
    const { rows } = await loads.destination.client.query(
      "select count(*)::int, count(distinct id)::int as ids from shop.big",
    );
    expect(rows).toEqual([{ count: 2000, ids: 2000 }]);
  });
});

async function stoppedAfterCommit(loads: Loads): Promise<void> {
  const stop = new AbortController();
  const onEvent = ({ kind }: { kind: string }) => {
    if (kind === "checkpoint.commit") stop.abort();
  };
  const { result } = await loads.run({}, { signal: stop.signal, onEvent });
  expect(result.status).toBe("cancelled");
  expect(await loads.cursor("public.big")).toMatchObject({ pass: { page: expect.any(Number) } });
}
