import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { bootstrapDestination } from "../../../src/databases/postgres/bootstrap.ts";
import { connectPostgres, type PostgresAddress } from "../../../src/databases/postgres/client.ts";
import { testConnection } from "../../../src/databases/postgres/connection-test.ts";
import { embeddedStatus } from "../../../src/databases/postgres/embedded/embedded-postgres.ts";
import { adminAddress, asAdmin } from "../../harness/postgres.ts";

let admin: PostgresAddress;
let target: PostgresAddress;

beforeEach(async () => {
  admin = await adminAddress();
  const name = `odd "${randomUUID().slice(0, 8)}`;
  target = { ...admin, database: name, username: name, password: "it's \\ a secret" };
});

afterEach(() =>
  asAdmin(async (client) => {
    const quoted = `"${target.database.replace('"', '""')}"`;
    await client.query(`drop database if exists ${quoted} with (force)`);
    await client.query(`drop role if exists ${quoted}`);
  }),
);

const outcomes = async (schemas: string[]) => {
  const steps = await bootstrapDestination({ admin, target, schemas });
  return [...new Set(steps.map((step) => step.outcome))];
};

test("role, database and schemas are made, and the role can load into them", async () => {
  const steps = await bootstrapDestination({ admin, target, schemas: ["shop"] });
  expect(steps.map((step) => step.what)).toEqual([
    `role ${target.username}`,
    `database ${target.database}`,
    `privileges of ${target.username} on database ${target.database}`,
    "schema _sluice",
    "schema _sluice_staging",
    "schema shop",
  ]);
  expect((await testConnection(target, { schemas: ["shop", "later"] })).every((step) => step.ok)).toBe(true);
  const client = await connectPostgres(target, { application_name: "bootstrap test" });
  await client.query(
    "create table shop.orders (id int); create schema later; alter table shop.orders add column x int",
  );
  await client.end();
});

test("a second time nothing is done", async () => {
  expect(await outcomes(["shop"])).toContain("done");
  expect(await outcomes(["shop"])).toEqual(["kept"]);
});

test("what was there already is kept and only what is missing is added", async () => {
  await outcomes(["shop"]);
  expect(await outcomes(["shop", "crm"])).toEqual(["kept", "done"]);
});

test("a schema that somebody else made is opened to the role", async () => {
  await outcomes([]);
  const owner = await connectPostgres({ ...admin, database: target.database }, { application_name: "owner" });
  await owner.query("create schema theirs");
  await owner.end();
  const steps = await bootstrapDestination({ admin, target, schemas: ["theirs"] });
  expect(steps).toContainEqual({ what: `privileges of ${target.username} on schema theirs`, outcome: "done" });
  expect((await testConnection(target, { schemas: ["theirs"] })).at(-1)).toMatchObject({
    step: "privileges",
    ok: true,
  });
});

test("several at once do not get in each other's way", async () => {
  await Promise.all([outcomes(["shop"]), outcomes(["shop"]), outcomes(["crm"])]);
  expect(await outcomes(["shop", "crm"])).toEqual(["kept"]);
});

test("the role's password does not get into the server's log", async () => {
  const logStatements = (value: string) =>
    asAdmin(async (client) => {
      await client.query(`alter role current_user set log_statement = '${value}'`);
    });
  await logStatements("ddl");
  await outcomes([]).finally(() => logStatements("none"));
  const { log } = await embeddedStatus(inject("postgresFolder"));
  const statements = (await readFile(log, "utf8"))
    .split("\n")
    .filter((line) => line.includes(target.username.slice(-8)));
  expect(statements.join("\n")).toContain("create role");
  expect(statements.join("\n")).not.toContain("a secret");
});

test("a password that is not plain ASCII logs in as well", async () => {
  target = { ...target, password: "pässwörd" };
  expect(await outcomes([])).toContain("done");
});

test("an admin without the right to make roles is told which right is missing", async () => {
  await outcomes([]);
  const weak = { ...target, username: "another_role" };
  const error = await bootstrapDestination({ admin: target, target: weak, schemas: [] }).catch((thrown) => thrown);
  expect(error.code).toBe("destination_privilege");
  expect(error.message).toMatch(/^creating the role another_role: .*createrole/);
});

test("a role that is there with another password is kept, and the login says what to correct", async () => {
  await outcomes([]);
  const error = await bootstrapDestination({ admin, target: { ...target, password: "other" }, schemas: [] }).catch(
    (thrown) => thrown,
  );
  expect(error.code).toBe("destination_login");
});
