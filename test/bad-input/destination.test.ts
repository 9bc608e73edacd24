import { appendFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { uuidv7 } from "../../src/core/ids.ts";
import type { PostgresAddress } from "../../src/databases/postgres/client.ts";
import { ensureSystemSchema } from "../../src/databases/postgres/system-schema.ts";
import { asAdmin, type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { startTcpProxy } from "../harness/tcp-proxy.ts";
import { parseOutput } from "../headless/headless-process.ts";
import { badInputWorkspace, contentsOf, expectRefusal } from "./bad-input-workspace.ts";
import { blockedRun, ordersCsv } from "./blocked-run.ts";
import { countsOf, rowsOf } from "./loaded-rows.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

const FILES = { "data/orders.csv": "id,item\n1,tea\n2,coffee\n" };
const LOADED = ["1,tea", "2,coffee"];

describe("a destination that is named but not configured", () => {
  test.for([
    ["settings.destination", { settings: { destination: "warehouse", retries: 0 } }, {}],
    ["connections\\[0\\]\\.destination", {}, { destination: "warehouse" }],
  ] as const)("at %s is never replaced by another", async ([place, file, connection]) => {
    await using ws = await badInputWorkspace({ address: database.address, files: FILES });
    await ws.configure((config) => {
      Object.assign(config, file);
      Object.assign(config.connections[0], connection);
    });
    const says = [
      /resolving the destination warehouse: it has no credentials/,
      /Add \[destination\.warehouse\.credentials\].* to \S+secrets\.toml, or choose another destination: embedded, postgres\./,
      new RegExp(`It is named at \\S+config\\.json: ${place} \\(line \\d+\\)`),
    ];
    await expectRefusal(ws, "orders", { code: "destination_unconfigured", exit: 3, says });
    expect(await rowsOf(database, `${ws.namespace}.orders`)).toBeUndefined();
  });

  test("in part is told with all that is missing or wrong", async () => {
    const address = { ...database.address, port: "many", sslmode: "requir" } as unknown as PostgresAddress;
    const { host: _none, ...rest } = address;
    await using ws = await badInputWorkspace({ address: rest as PostgresAddress, files: FILES });
    const says = [
      "host is missing",
      "port must be a whole number from 1 to 65535",
      /sslmode must be one of .* Did you mean "require"\?/,
      /Mend \[destination\.postgres\.credentials\] in \S+secrets\.toml/,
    ];
    await expectRefusal(ws, "orders", { code: "destination_unconfigured", exit: 3, says });
  });
});

describe("a Postgres", () => {
  test("that is down is told with its address, and the next run loads what this one could not", async () => {
    const port = await freePort();
    await using ws = await badInputWorkspace({ address: { ...database.address, port }, files: FILES });
    const says = [
      new RegExp(`connecting to ${database.address.host}:${port}/\\S+ as \\S+: .*ECONNREFUSED`),
      "Start it, or correct `host` and `port`",
    ];
    const { events } = await expectRefusal(ws, "orders", { code: "destination_unreachable", exit: 1, says });
    expect(events.map((event) => event.kind)).toContain("attempt.error");
    await ws.write(
      ".dlt/secrets.toml",
      (await ws.read(".dlt/secrets.toml")).replace(String(port), String(database.address.port)),
    );
    expect((await ws.headless("orders")).code).toBe(0);
    expect(await rowsOf(database, `${ws.namespace}.orders`)).toEqual(LOADED);
  });

  test("whose name does not resolve is told as such", async () => {
    await using ws = await badInputWorkspace({ address: { ...database.address, host: "db.invalid" }, files: FILES });
    await expectRefusal(ws, "orders", {
      code: "destination_unknown_host",
      exit: 1,
      says: [/connecting to db\.invalid:\d+/, /Check `host` \(db\.invalid\) and DNS/],
    });
  });

  test.for([
    ["password", { password: "not-the-password" }, "`password` in the secrets file"],
    ["username", { username: "nobody_here" }, "`username` and `password` in the secrets file"],
    ["database", { database: "no_such_database" }, "`sluice db bootstrap`"],
  ] as const)(
    "that refuses the login for its %s says what to correct, and shows no password",
    async ([, change, remedy]) => {
      await using ws = await badInputWorkspace({ address: { ...database.address, ...change }, files: FILES });
      await ws.configure((config) => Object.assign(config.settings, { retries: 3 }));
      const { result, events } = await expectRefusal(ws, "orders", {
        code: "destination_login",
        exit: 3,
        says: [/connecting to \S+ as \S+: /, remedy],
      });
      expect(events.filter((event) => event.kind === "attempt.start")).toHaveLength(1);
      expect(JSON.stringify([result, events])).not.toContain({ ...database.address, ...change }.password);
      const tested = await ws.sluice(["db", "test", "--json"]);
      expect([tested.code, JSON.parse(tested.stdout).steps.at(-1)]).toMatchObject([1, { step: "login", ok: false }]);
    },
  );

  test("whose role may make no schema says which grant is missing; with it the run succeeds", async () => {
    const role = await freshRole();
    await using ws = await badInputWorkspace({ address: { ...database.address, ...role }, files: FILES });
    await ensureSystemSchema(database.client);
    await database.client.query(`grant usage, create on schema _sluice, _sluice_staging to ${role.username};
      grant all on all tables in schema _sluice to ${role.username}`);
    const grant = `grant create, temporary on database "${database.address.database}" to "${role.username}"`;
    await expectRefusal(ws, "orders", {
      code: "destination_privilege",
      exit: 3,
      says: [`creating the schema ${ws.namespace}: permission denied`, grant],
    });
    await database.client.query(grant);
    expect((await ws.headless("orders")).code).toBe(0);
    expect(await rowsOf(database, `${ws.namespace}.orders`)).toEqual(LOADED);
  });

  test("is not asked for a schema that only Postgres itself may make", async () => {
    await using ws = await badInputWorkspace({ address: database.address, files: FILES });
    await ws.configure(({ connections: [orders] }) => Object.assign(orders.schema, { namespace: "pg_orders" }));
    const says = [/creating the schema pg_orders: .*begin with pg_.*another `namespace`/];
    await expectRefusal(ws, "orders", { code: "connection_invalid", exit: 3, says });
  });

  test("whose role does not own the table says who must own it; then the run succeeds", async () => {
    const role = await freshRole();
    await using ws = await badInputWorkspace({ address: { ...database.address, ...role }, files: FILES });
    await ensureSystemSchema(database.client);
    await database.client.query(`grant usage, create on schema _sluice, _sluice_staging to ${role.username};
      grant all on all tables in schema _sluice to ${role.username};
      create schema ${ws.namespace}; grant usage, create on schema ${ws.namespace} to ${role.username};
      create table ${ws.namespace}.orders (id bigint, item text)`);
    const statement = `alter table "${ws.namespace}"."orders" owner to "${role.username}"`;
    await expectRefusal(ws, "orders", { code: "destination_privilege", exit: 3, says: [`\`${statement}\``] });
    expect(await rowsOf(database, `${ws.namespace}.orders`)).toEqual([]);
    await database.client.query(statement);
    expect((await ws.headless("orders")).code).toBe(0);
    expect(await rowsOf(database, `${ws.namespace}.orders`)).toEqual(LOADED);
  });
});

describe("a Postgres that goes away in the middle of a run", () => {
  test("ends it with destination_lost and no row of the open checkpoint; the next run loads each row once", async () => {
    await using proxy = await startTcpProxy(database.address.port);
    const address = { ...database.address, host: "127.0.0.1", port: proxy.port };
    await using ws = await badInputWorkspace({ address, files: { "data/orders.csv": ordersCsv(1, 10) } });
    expect((await ws.headless("orders")).code).toBe(0);
    await appendFile(join(ws.root, "data/orders.csv"), ordersCsv(11, 5000));
    const before = await contentsOf(ws.root);
    await using run = await blockedRun(database, ws);
    proxy.cut();
    await run.release();
    const ended = await run.ended;
    const { result } = parseOutput(ended.stdout);
    expect([ended.code, result.error.code]).toEqual([1, "destination_lost"]);
    expect(result.error.message).toMatch(/(loading \S+\.orders|holding the run lock in 127\.0\.0\.1:\d+\S+ as \S+): /);
    expect(result.error.message).toMatch(
      /Check that the server.* runs\. If no attempt is left, run again: nothing is lost/,
    );
    expect(ended.stderr).toContain(result.error.message);
    expect(await contentsOf(ws.root)).toEqual(before);
    expect(await countsOf(database, ws.namespace)).toEqual({ rows: 10, ids: 10 });
    expect((await ws.headless("orders")).code).toBe(0);
    expect(await countsOf(database, ws.namespace)).toEqual({ rows: 5000, ids: 5000 });
  });

  test("costs an attempt and no row where there is another attempt", async () => {
    await using proxy = await startTcpProxy(database.address.port);
    const address = { ...database.address, host: "127.0.0.1", port: proxy.port };
    await using ws = await badInputWorkspace({ address, files: { "data/orders.csv": ordersCsv(1, 10) } });
    await ws.configure((config) => Object.assign(config.settings, { retries: 2, backoff_s: 0.1 }));
    expect((await ws.headless("orders")).code).toBe(0);
    await writeFile(join(ws.root, "data/orders.csv"), ordersCsv(1, 5000));
    await using run = await blockedRun(database, ws);
    proxy.cut();
    await run.release();
    const ended = await run.ended;
    const { result, events } = parseOutput(ended.stdout);
    expect([ended.code, result.status], ended.stderr).toEqual([0, "success"]);
    expect(events.find((event) => event.kind === "attempt.retrying").data.error.code).toBe("destination_lost");
    expect(await countsOf(database, ws.namespace)).toEqual({ rows: 5000, ids: 5000 });
  });
});

/** A port of this machine where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A role that can log in and nothing else; dropped with what it made. */
async function freshRole(): Promise<{ username: string; password: string }> {
  const username = `role_${uuidv7().replaceAll("-", "").slice(-12)}`;
  const password = "of-a-role-of-the-tests";
  await asAdmin((admin) => admin.query(`create role ${username} login password '${password}'`));
  onTestFinished(async () => {
    await database.client.query(`drop owned by ${username} cascade`);
    await asAdmin((admin) => admin.query(`drop role ${username}`));
  });
  return { username, password };
}
