import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { reportError, type SluiceError } from "../../../src/core/errors.ts";
import { asDestinationError, connectPostgres } from "../../../src/databases/postgres/client.ts";
import { asAdmin, type FreshDatabase, freshDatabase } from "../../harness/postgres.ts";
import { startTcpProxy } from "../../harness/tcp-proxy.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const DOING = "storing rows of orders";

/** What the work fails with, as Sluice tells it. */
async function failureOf(work: Promise<unknown>): Promise<SluiceError> {
  const error = await work.then(
    () => new Error("it worked"),
    (thrown) => thrown,
  );
  return asDestinationError(error, DOING, database.address);
}

test.each([
  ["53100", "destination_full"],
  ["53200", "destination_busy"],
  ["40001", "destination_busy"],
  ["55006", "destination_busy"],
  ["57P01", "destination_lost"],
  ["57P02", "destination_lost"],
  ["57P03", "destination_lost"],
  ["25006", "destination_read_only"],
  ["08006", "destination_lost"],
  ["58030", "destination_refused"],
  ["XX001", "destination_refused"],
  ["42P01", "destination_refused"],
])("an error with the server's code %s is %s", async (state, code) => {
  const error = await failureOf(
    database.client.query(`do $$ begin raise 'trouble' using errcode = '${state}'; end $$`),
  );
  expect(error.code).toBe(code);
  expect(error.message).toMatch(new RegExp(`^${DOING}: trouble\\. .+`));
  expect(error.details).toMatchObject({ server_code: state });
});

test("a role that does not exist, or may not, is told how it is made", async () => {
  const raised = (state: string, message: string) =>
    failureOf(database.client.query(`do $$ begin raise '${message}' using errcode = '${state}'; end $$`));
  const missing = await raised("28000", 'role "loader" does not exist');
  expect(missing).toMatchObject({ code: "destination_login", message: expect.stringContaining("sluice db bootstrap") });
  const hidden = await raised("28P01", 'password authentication failed for user "loader"');
  expect(hidden.message).toContain("sluice db bootstrap");
  const elsewhere = await raised("28000", "no pg_hba.conf entry for host");
  expect(elsewhere.message).not.toContain("bootstrap");
});

test("a write in a read-only transaction is told from other refusals", async () => {
  await database.client.query("begin read only");
  const error = await failureOf(database.client.query("create table t (id int)"));
  await database.client.query("rollback");
  expect(error.code).toBe("destination_read_only");
});

test("a lock that is not given in time and a deadlock make a busy destination", async () => {
  const other = await connectPostgres(database.address, { application_name: "other" });
  await database.client.query("create table busy (id int primary key)");
  await database.client.query("insert into busy values (1), (2)");
  await database.client.query("begin; update busy set id = id where id = 1");
  await other.query("set lock_timeout = '50ms'");
  expect(await failureOf(other.query("update busy set id = id where id = 1"))).toMatchObject({
    code: "destination_busy",
    details: { server_code: "55P03" },
  });
  await other.query("set lock_timeout = 0; set deadlock_timeout = '50ms'");
  await other.query("begin; update busy set id = id where id = 2");
  const mine = database.client.query("update busy set id = id where id = 2");
  const theirs = other.query("update busy set id = id where id = 1");
  const results = await Promise.allSettled([mine, theirs]);
  const lost = results.find((result) => result.status === "rejected") as PromiseRejectedResult;
  expect(asDestinationError(lost.reason, DOING)).toMatchObject({ code: "destination_busy", recovery: "retry" });
  await database.client.query("rollback");
  await other.end();
});

test("a session that is ended by the server's admin in the middle of a query is lost", async () => {
  const victim = await connectPostgres(database.address, { application_name: "victim" });
  const { rows } = await victim.query("select pg_backend_pid() as pid");
  const failing = failureOf(victim.query("select pg_sleep(60)"));
  await database.client.query("select pg_terminate_backend($1)", [rows[0].pid]);
  expect(await failing).toMatchObject({ code: "destination_lost", recovery: "retry" });
  await victim.end();
});

test("a connection that breaks in the middle of a query is lost", async () => {
  await using proxy = await startTcpProxy(database.address.port);
  const client = await connectPostgres({ ...database.address, port: proxy.port }, { application_name: "cut" });
  const failing = failureOf(client.query("select pg_sleep(60)"));
  proxy.cut();
  expect(await failing).toMatchObject({ code: "destination_lost" });
  await database.client.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'cut'",
  );
});

test("values of rows are in neither message nor cause nor details", async () => {
  await database.client.query("create table typed (id int primary key)");
  await database.client.query("insert into typed values (4711)");
  for (const statement of ["insert into typed values ('s3cr3t \"value\"')", "insert into typed values (4711)"]) {
    const error = await failureOf(database.client.query(statement));
    expect(error.code).toBe("destination_refused");
    expect(JSON.stringify(reportError(error))).not.toMatch(/s3cr3t|value"|4711/);
  }
});

test("what did not come from the destination stays internal", async () => {
  expect(asDestinationError(new TypeError("x is not a function"), DOING)).toMatchObject({ code: "internal" });
});

describe("a missing privilege is named with its object and the statement that grants it", () => {
  const role = `weak_${randomUUID().slice(0, 8)}`;
  beforeAll(async () => {
    await asAdmin((admin) => admin.query(`create role ${role} login password 'weak'`));
    await database.client.query(
      "create schema shop; create table shop.orders (id int); create table open_orders (id int)",
    );
    await database.client.query("revoke create on schema public from public");
  });
  afterAll(async () => {
    await database.client.query(`drop owned by ${role}`);
    await asAdmin((admin) => admin.query(`drop role ${role}`));
  });

  test.each([
    [
      "insert into open_orders values (1)",
      `grant select, insert, update, delete, truncate on table "open_orders" to "${role}"`,
    ],
    ["select * from shop.orders", `grant usage, create on schema "shop" to "${role}"`],
    ["create schema other", `grant create, temporary on database "DATABASE" to "${role}"`],
    ["alter table open_orders add column x int", `alter table "open_orders" owner to "${role}"`],
    ["create database other", `alter role "${role}" createdb`],
  ])("%s", async (statement, grant) => {
    const address = { ...database.address, username: role, password: "weak" };
    const client = await connectPostgres(address, { application_name: "weak" });
    const thrown = await client.query(statement).catch((error) => error);
    await client.end();
    const error = asDestinationError(thrown, DOING, address);
    expect(error.code).toBe("destination_privilege");
    expect(error.message).toContain(grant.replace("DATABASE", database.address.database));
  });
});
