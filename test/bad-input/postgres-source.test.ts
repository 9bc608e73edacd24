import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { quoteIdentifier } from "../../src/databases/postgres/identifiers.ts";
import { type LoadSettings, loadsOf } from "../connectors/postgres-loads.ts";
import { asAdmin } from "../harness/postgres.ts";

const ORDERS = `create table orders (id int primary key, item text, at timestamptz, doc json);
insert into orders select i, 'tea', timestamptz '2026-01-01' + i * interval '1 hour', '{}' from generate_series(1, 20) i;`;

interface Bad extends Omit<LoadSettings, "source"> {
  what: string;
  source?: string;
  code: string;
  exit: number;
  says: RegExp;
}

const merge = (cursor_field: string) => ({ streams: { "public.orders": { mode: "merge", cursor_field } } });
const append = (cursor_field: string) => ({ streams: { "public.orders": { mode: "append", cursor_field } } });
const query = (settings: object) => ({ tables: [], queries: { q: settings } });

const bad: Bad[] = [
  {
    what: "a host that does not exist",
    options: { host: "nowhere.invalid" },
    code: "source_unreachable",
    exit: 1,
    says: /connecting to nowhere\.invalid:\d+\/.*Check `host`/,
  },
  {
    what: "a port where nothing listens",
    options: { host: "127.0.0.1", port: 1 },
    code: "source_unreachable",
    exit: 1,
    says: /No server listens at 127\.0\.0\.1:1\. Start it, or correct `host` and `port`/,
  },
  {
    what: "a server that is not encrypted where that is asked for",
    options: { sslmode: "verify-full" },
    code: "source_tls",
    exit: 3,
    says: /does not support SSL.*sslmode/,
  },
  {
    what: "a certificate file that is not there",
    options: { sslmode: "verify-ca", sslrootcert: "missing.pem" },
    code: "source_tls",
    exit: 3,
    says: /reading the root certificate .*missing\.pem: ENOENT/,
  },
  {
    what: "a wrong password",
    secrets: '[sources.shop]\npassword = "wrong"',
    code: "credentials_rejected",
    exit: 3,
    says: /password authentication failed.*`sluice secrets set shop password`/,
  },
  {
    what: "no password",
    secrets: "",
    code: "credentials_rejected",
    exit: 3,
    says: /`sluice secrets set shop password`/,
  },
  {
    what: "a database that does not exist",
    options: { database: "no_such_database" },
    code: "connection_invalid",
    exit: 3,
    says: /database "no_such_database" does not exist\. Correct the option `database`/,
  },
  {
    what: "a password in the url",
    options: { url: "postgres://ada:hunter2@db.example.com/shop" },
    code: "connection_invalid",
    exit: 3,
    says: /the `url` holds a password\. Take it out and keep it with `sluice secrets set shop password`/,
  },
  {
    what: "a pattern that means nothing",
    options: { tables: ["public.ordres"] },
    code: "source_not_found",
    exit: 1,
    says: /nothing is called "public\.ordres".*Did you mean "public\.orders"\?/,
  },
  {
    what: "settings of a table that is not there",
    options: { streams: { "public.order": { where: "true" } } },
    code: "stream_unknown",
    exit: 3,
    says: /settings for "public\.order".*Did you mean "public\.orders"\?/,
  },
  {
    what: "a column that is not there",
    options: { streams: { "public.orders": { columns: ["id", "itme"] } } },
    code: "source_column",
    exit: 1,
    says: /there is no column "itme".*Did you mean "item"\?/,
  },
  {
    what: "a cursor column that is not there",
    schema: merge("updated"),
    code: "source_column",
    exit: 1,
    says: /there is no column "updated"/,
  },
  {
    what: "a cursor column with nulls",
    source: `${ORDERS} update orders set at = null where id < 4`,
    schema: merge("at"),
    code: "source_column",
    exit: 1,
    says: /3 rows have no value in the cursor at.*`where: at is not null`/,
  },
  {
    what: "a cursor column without an order",
    source: `${ORDERS} alter table orders alter doc set not null`,
    schema: merge("doc"),
    code: "source_column",
    exit: 1,
    says: /values of the cursor doc have no order \(its type is json\)/,
  },
  {
    what: "lookback with append",
    options: { streams: { "public.orders": { lookback: "1 hour" } } },
    schema: append("at"),
    code: "connection_invalid",
    exit: 3,
    says: /append would store twice\. Use the mode merge/,
  },
  {
    what: "a lookback of another kind than the cursor",
    options: { streams: { "public.orders": { lookback: 3 } } },
    schema: merge("at"),
    code: "connection_invalid",
    exit: 3,
    says: /`lookback` must be an interval such as 2 hours/,
  },
  {
    what: "lag on a number",
    options: { streams: { "public.orders": { lag: "1 hour" } } },
    schema: append("id"),
    code: "connection_invalid",
    exit: 3,
    says: /`lag` is a time, and the cursor id is integer/,
  },
  {
    what: "a where that is not SQL",
    options: { streams: { "public.orders": { where: "itme = 'tea'" } } },
    code: "source_refused",
    exit: 1,
    says: /reading public\.orders: column "itme" does not exist/,
  },
  {
    what: "a query that deletes",
    options: query({ sql: "delete from orders" }),
    code: "source_refused",
    exit: 1,
    says: /reading the query q: it is not a select/,
  },
  {
    what: "a query that deletes in disguise",
    options: query({ sql: "with gone as (delete from orders returning *) select * from gone" }),
    code: "source_refused",
    exit: 1,
    says: /data-modifying statement/,
  },
  {
    what: "a query that calls what writes",
    source: `${ORDERS} create function wipe() returns int language plpgsql as 'begin delete from orders; return 1; end'`,
    options: query({ sql: "select wipe() as n" }),
    code: "source_refused",
    exit: 1,
    says: /cannot execute DELETE in a read-only transaction/,
  },
  {
    what: "two statements in one query",
    options: query({ sql: "select 1 as a) q; drop table orders; select * from (select 2 as b" }),
    code: "source_refused",
    exit: 1,
    says: /cannot insert multiple commands/,
  },
  {
    what: "a query with {cursor} and no cursor",
    options: query({ sql: "select * from orders where at > {cursor}" }),
    code: "connection_invalid",
    exit: 3,
    says: /holds \{cursor\}, but no `cursor` says which column/,
  },
  {
    what: "a query whose columns have one name",
    options: query({ sql: "select 1 as a, 2 as a" }),
    code: "source_column",
    exit: 1,
    says: /two of its columns are called "a"/,
  },
  {
    what: "a statement that takes too long",
    options: { ...query({ sql: "select pg_sleep(30)::text as a" }), statement_timeout_s: 0.3 },
    code: "source_refused",
    exit: 1,
    says: /statement timeout\. Raise `statement_timeout_s`/,
  },
];

test.each(bad)("$what is refused, and nothing is lost", async ({ source = ORDERS, code, exit, says, ...settings }) => {
  await using loads = await loadsOf({ source, ...settings });
  const { result } = await loads.run();
  expect(result.error).toMatchObject({ code, message: expect.stringMatching(says) });
  expect(result.exit_code).toBe(exit);
  const { rows } = await loads.source.client.query("select count(*)::int as n from orders");
  expect(rows).toEqual([{ n: 20 }]);
  expect(JSON.stringify(result)).not.toContain("hunter2");
});

describe("a server", () => {
  test("that does not answer is given up after connect_timeout", async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;
    await using loads = await loadsOf({ source: ORDERS, options: { host: "127.0.0.1", port, connect_timeout: 0.3 } });
    const { result } = await loads.run();
    expect(result.error).toMatchObject({
      code: "source_unreachable",
      message: expect.stringMatching(/does not answer.*connect_timeout/),
    });
    silent.close();
  });

  test("that is not the wanted kind is passed over", async () => {
    await using loads = await loadsOf({ source: ORDERS, options: { target_session_attrs: "standby" } });
    expect((await loads.run()).result.error).toMatchObject({
      code: "source_unreachable",
      message: expect.stringMatching(
        /the server is a primary that takes writes, and `target_session_attrs` asks for standby/,
      ),
    });
  });

  test("that is down is passed over for the next one", async () => {
    await using loads = await loadsOf({ source: ORDERS, hosts: (host) => `nowhere.invalid,${host}` });
    expect((await loads.run()).result.error).toBeNull();
  });
});

test("a table that somebody holds is waited for no longer than lock_timeout_s, and tried again", async () => {
  await using loads = await loadsOf({ source: ORDERS, options: { lock_timeout_s: 0.2 } });
  await loads.source.client.query("begin; lock table orders in access exclusive mode");
  const { result, events } = await loads.run({ retries: 1 });
  await loads.source.client.query("rollback");
  expect(result).toMatchObject({
    error: { code: "source_busy", message: expect.stringMatching(/`lock_timeout_s`/) },
  });
  expect(events.filter(({ kind }) => kind === "attempt.start")).toHaveLength(2);
});

test("a table that may not be read fails alone, and is not offered by patterns", async () => {
  const role = `reader_${process.pid}`;
  await asAdmin((admin) => admin.query(`create role ${role} login password 'secret'`));
  try {
    const source = `${ORDERS} create table closed (id int); grant select on orders to ${role};`;
    const secrets = '[sources.shop]\npassword = "secret"';
    await using loads = await loadsOf({ source, options: { username: role }, secrets });
    const { result } = await loads.run();
    expect(Object.keys(result.stats)).toEqual(["public.orders"]);
    expect(result.error).toBeNull();
    await loads.source.client.query(`drop owned by ${quoteIdentifier(role)}`);
  } finally {
    await asAdmin((admin) => admin.query(`drop role ${role}`));
  }
});

test("a table that is gone when its turn comes fails alone", async () => {
  const source = `${ORDERS} create table second (id int)`;
  await using loads = await loadsOf({ source, schema: { parallel: 1 } });
  let dropped: Promise<unknown> = Promise.resolve();
  const { result } = await loads.run(
    {},
    {
      onEvent: (event) => {
        if (event.kind === "stream.start" && event.stream === "public.orders")
          dropped = loads.source.client.query("drop table second");
      },
    },
  );
  await dropped;
  expect(result.status).toBe("partial");
  expect(result.error).toMatchObject({ code: "source_not_found", message: expect.stringMatching(/second/) });
  expect(result.stats["public.orders"]).toMatchObject({ outcome: "success", inserted: 20 });
});
