import { expect, test, vi } from "vitest";
import { ConnectorScope } from "../../src/connector/connector-scope.ts";
import { postgresSource } from "../../src/connector/postgres-source.ts";
import { LoadingConnections } from "../../src/databases/postgres/loading-connections.ts";
import { SourceServer } from "../../src/databases/postgres/source/source-server.ts";
import { connectorContext, readContext } from "../harness/connector-context.ts";
import { asAdmin, type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { type Loads, loadsOf } from "./postgres-loads.ts";

const TWO = "create table a (id int); create table z (id int); insert into a values (1); insert into z values (1);";

test("a snapshot whose connection broke is taken again, and the run says so", async () => {
  await using loads = await loadsOf({ source: TWO, options: { snapshot: "run" }, schema: { parallel: 1 } });
  let broken: Promise<unknown> = Promise.resolve();
  const { result, events } = await loads.run(
    { retries: 2 },
    {
      onEvent: (event) => {
        if (event.kind !== "stream.layout" || event.stream !== "public.a") return;
        broken = loads.source.client.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query like '%pg_export_snapshot%' and pid <> pg_backend_pid()",
        );
      },
    },
  );
  await broken;
  expect(result).toMatchObject({ error: null, stats: { "public.a": { inserted: 1 }, "public.z": { inserted: 1 } } });
  expect(events).toContainEqual(
    expect.objectContaining({ level: "warn", message: expect.stringMatching(/see a later moment/) }),
  );
});

test("a run with nothing new has two connections to the destination, and ends properly those to the source", async () => {
  const tables = ["a", "b", "c", "d", "e"];
  const source = tables.map((name) => `create table ${name} (id int primary key); insert into ${name} values (1);`);
  const streams = tables.map((name) => [`public.${name}`, { mode: "merge", primary_key: ["id"], cursor_field: "id" }]);
  const schema = { streams: Object.fromEntries(streams) };
  await using loads = await loadsOf({ source: source.join(""), schema, apart: true });
  await loads.run();
  const sessions = await settledSessions(loads);
  const { result } = await loads.run();
  expect(result).toMatchObject({ status: "success", stats: { "public.e": { rows_read: 0 } } });
  const after = await settledSessions(loads);
  expect(after.destination.sessions - sessions.destination.sessions).toBe(2);
  expect(after.source.abandoned - sessions.source.abandoned).toBe(0);
});

interface Sessions {
  sessions: number;
  abandoned: number;
}

/** The server counts a session some time after it has ended: until nothing changes any more. */
async function settledSessions(loads: Loads): Promise<Record<"source" | "destination", Sessions>> {
  const count = async ({ client }: FreshDatabase) => {
    const { rows } = await client.query(
      `select sessions::int as sessions, sessions_abandoned::int as abandoned from pg_stat_database
       where datname = current_database() and (select count(*) from pg_stat_activity where datname = current_database()) = 1`,
    );
    return rows[0] as Sessions;
  };
  return vi.waitFor(async () => {
    const [source, destination] = [await count(loads.source), await count(loads.destination)];
    if (source === undefined || destination === undefined) throw new Error("others are connected still");
    return { source, destination };
  }, 20_000);
}

test("a run that is stopped ends the statement that it waits for", async () => {
  const options = { tables: [], queries: { slow: { sql: "select pg_sleep(600)::text as a" } } };
  await using loads = await loadsOf({ source: TWO, options });
  const stop = new AbortController();
  const { result } = await loads.run(
    {},
    { signal: stop.signal, onEvent: ({ kind }) => kind === "stream.layout" && stop.abort() },
  );
  expect(result.status).toBe("cancelled");
});

test("streams found by one attempt can be read by the next, whose signal is another", async () => {
  await using database = await freshDatabase();
  await database.client.query(TWO);
  const { host, port, database: name, username, password = "" } = database.address;
  const scope = new ConnectorScope();
  const first = new AbortController();
  const given = { options: { host, port, database: name, username }, secrets: { password }, defer: scope.defer };
  const [stream] = await postgresSource.streams(connectorContext({ ...given, signal: first.signal }));
  first.abort();
  const batches = await collected(stream?.read(readContext({ ...given, stream: "public.a" })) ?? []);
  expect(batches).toMatchObject([{ values: [["1"]], cursor: { v: 1, by: [], at: [] } }]);
  await scope.close();
});

test("a connection that is still being made when a run ends is closed: nothing keeps the process from its end", async () => {
  await using database = await freshDatabase();
  const { host, port, database: name, username, password = "" } = database.address;
  const server = new SourceServer(
    connectorContext({ options: { host, port, database: name, username }, secrets: { password } }),
  );
  const destination = new LoadingConnections(database.address);
  const made = [server.connect(), destination.take({ application_name: "late", lock_timeout_ms: 1000 })];
  await Promise.all([server.close(), destination.close()]);
  expect((await Promise.allSettled(made)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await vi.waitFor(async () => {
    const { rows } = await database.client.query(
      "select application_name from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    expect(rows).toEqual([]);
  }, 20_000);
});

test("a role that may read some columns gets those, and one held back by row security is told", async () => {
  const role = `some_${process.pid}`;
  await asAdmin((admin) => admin.query(`create role ${role} login password 'secret'`));
  try {
    const source = `create table part (id int, open text, closed text); insert into part values (1, 'a', 'b');
      grant select (id, open) on part to ${role};
      create table own (id int, who text); insert into own values (1, '${role}'), (2, 'ada');
      alter table own enable row level security; create policy p on own using (who = current_user); grant select on own to ${role};`;
    const secrets = '[sources.shop]\npassword = "secret"';
    await using loads = await loadsOf({ source, options: { username: role }, secrets });
    const { result, events } = await loads.run();
    expect(result).toMatchObject({
      error: null,
      stats: { "public.part": { inserted: 1 }, "public.own": { inserted: 1 } },
    });
    expect(await loads.differences("public.part", "part", ["id", "open"])).toEqual([]);
    expect(events).toContainEqual(
      expect.objectContaining({
        level: "warn",
        message: expect.stringMatching(/row security lets some_.* see only some of the rows of public\.own/),
      }),
    );
    await loads.source.client.query(`drop owned by ${role}`);
  } finally {
    await asAdmin((admin) => admin.query(`drop role ${role}`));
  }
});

test("a table that was rewritten after the run's snapshot is an error, never an empty table", async () => {
  await using database = await freshDatabase();
  await database.client.query(TWO);
  const { host, port, database: name, username, password = "" } = database.address;
  const scope = new ConnectorScope();
  const options = { host, port, database: name, username, snapshot: "run" as const };
  const given = { options, secrets: { password }, defer: scope.defer };
  const [a, z] = await postgresSource.streams(connectorContext(given));
  await collected(a?.read(readContext({ ...given, stream: "public.a" })) ?? []);
  await database.client.query("alter table z alter id type bigint using id * 2");
  const reading = collected(z?.read(readContext({ ...given, stream: "public.z" })) ?? []);
  await expect(reading).rejects.toMatchObject({
    code: "source_changed_while_read",
    message: expect.stringMatching(/public\.z/),
  });
  await scope.close();
});

test("very many rows behind a view are read window by window", async () => {
  const source = `create table t (id int primary key, at timestamp not null);
    insert into t select i, timestamp '2026-01-01' + i / 10 * interval '1 minute' from generate_series(1, 1000) i;
    create view v as select * from t; update pg_class set reltuples = 4e6, relpages = pg_relation_size('t') / 8192 where relname = 't';`;
  const schema = {
    checkpoint_mb: 0.0001,
    streams: { "public.v": { mode: "append", cursor_field: "at", primary_key: ["id"] } },
  };
  await using loads = await loadsOf({ source, options: { tables: ["v"] }, schema });
  const { result, events } = await loads.run();
  expect(result).toMatchObject({ error: null, stats: { "public.v": { inserted: 1000 } } });
  expect(events.filter(({ kind }) => kind === "checkpoint.commit")).toHaveLength(4);
  expect(await loads.differences("public.v", "v")).toEqual([]);
  expect(await loads.cursor("public.v")).toEqual({ v: 1, by: ["at"], at: ["2026-01-01 01:40:00"] });
});

test("a check says who, where, what server and how much there is to read", async () => {
  await using database = await freshDatabase();
  await database.client.query(TWO);
  const { host, port, database: name, username, password = "" } = database.address;
  const given = { options: { host, port, database: name, username }, secrets: { password } };
  const report = await postgresSource.check(connectorContext(given));
  expect(report).toMatchObject({ details: { standby: false, encrypted: false, tables: 2 } });
  expect(report.message).toMatch(
    /^logged in to .*:\d+\/.* as \w+ \(Postgres \d+\.\d+.*, primary, not encrypted\); 2 tables to read$/,
  );
});

async function collected<T>(batches: AsyncIterable<T> | readonly T[]): Promise<T[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}
