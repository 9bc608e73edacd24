import { randomUUID } from "node:crypto";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PostgresAddress } from "../../../src/databases/postgres/client.ts";
import { testConnection } from "../../../src/databases/postgres/connection-test.ts";
import { adminAddress, asAdmin, type FreshDatabase, freshDatabase } from "../../harness/postgres.ts";
import { startTcpProxy } from "../../harness/tcp-proxy.ts";

/** The names of the steps that were taken, the failed one (always the last) marked. */
async function stepsOf(address: PostgresAddress, schemas: string[] = []) {
  const steps = await testConnection(address, { schemas });
  const names = steps.map(({ step, ok }) => (ok ? step : `${step} failed`));
  return { names, last: steps.at(-1), steps };
}

test("a destination that works passes every step, each with its time, and nothing is left behind", async () => {
  await using database = await freshDatabase();
  const { names, steps } = await stepsOf(database.address, ["shop"]);
  expect(names).toEqual(["dns", "tcp", "tls", "login", "version", "privileges"]);
  expect(steps.every(({ ms, message }) => ms >= 0 && message !== "")).toBe(true);
  expect(steps.map(({ message }) => message).join("\n")).not.toContain(database.address.password);
  const { rows } = await database.client.query("select from pg_namespace where nspname like '%sluice%'");
  expect(rows).toEqual([]);
});

test("a host that does not resolve stops at dns", async () => {
  const { names, last } = await stepsOf({ ...(await adminAddress()), host: "nowhere.invalid" });
  expect(names).toEqual(["dns failed"]);
  expect(last).toMatchObject({ code: "destination_unknown_host", remedy: expect.stringContaining("nowhere.invalid") });
});

test("a port where nobody listens stops at tcp", async () => {
  const gone = await startTcpProxy(1);
  await gone[Symbol.asyncDispose]();
  const { names, last } = await stepsOf({ ...(await adminAddress()), host: "localhost", port: gone.port });
  expect(names).toEqual(["dns", "tcp failed"]);
  expect(last).toMatchObject({ code: "destination_unreachable", remedy: expect.stringContaining("No server listens") });
});

test("a server without encryption stops at tls when the mode requires it", async () => {
  const { names, last } = await stepsOf({ ...(await adminAddress()), sslmode: "require" });
  expect(names).toEqual(["dns", "tcp", "tls failed"]);
  expect(last).toMatchObject({ code: "destination_tls", remedy: expect.stringContaining("sslmode") });
});

test("something that is no Postgres and never answers is given up at tls in the time allowed", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  const address = { ...(await adminAddress()), port, sslmode: "prefer", connect_timeout: 0.2 } as const;
  const { names, last } = await stepsOf(address);
  silent.close();
  expect(names).toEqual(["dns", "tcp", "tls failed"]);
  expect(last?.remedy).toContain("does not answer");
});

test("a wrong password stops at login and does not show the password", async () => {
  const { names, last } = await stepsOf({ ...(await adminAddress()), password: "mistaken-secret" });
  expect(names).toEqual(["dns", "tcp", "tls", "login failed"]);
  expect(last).toMatchObject({ code: "destination_login", remedy: expect.stringContaining("password") });
  expect(JSON.stringify(last)).not.toContain("mistaken-secret");
});

test("a server that is too old stops at version", async () => {
  const { port, ...rest } = await adminAddress();
  const older = (chunk: Buffer) => Buffer.from(chunk.toString("latin1").replace(/\b18\d{4}\b/, "130011"), "latin1");
  await using proxy = await startTcpProxy(port, older);
  const { names, last } = await stepsOf({ ...rest, port: proxy.port });
  expect(names).toEqual(["dns", "tcp", "tls", "login", "version failed"]);
  expect(last).toMatchObject({ code: "destination_version", remedy: "Use Postgres 14 or newer." });
});

describe("privileges", () => {
  const role = `weak_${randomUUID().slice(0, 8)}`;
  let database: FreshDatabase;
  let address: PostgresAddress;
  beforeAll(async () => {
    database = await freshDatabase();
    address = { ...database.address, username: role, password: "weak" };
    await asAdmin((admin) => admin.query(`create role ${role} login password 'weak'`));
  });
  afterAll(async () => {
    await database.client.query(`drop owned by ${role}`);
    await asAdmin((admin) => admin.query(`drop role ${role}`));
    await database[Symbol.asyncDispose]();
  });

  test("a role that may not make schemas is told the grant, and passes once it was given", async () => {
    const { names, last } = await stepsOf(address, ["shop"]);
    expect(names.at(-1)).toBe("privileges failed");
    const grant = `grant create on database "${address.database}" to "${role}";`;
    expect(last).toMatchObject({ code: "destination_privilege", remedy: expect.stringContaining(grant) });
    await database.client.query(grant);
    expect((await stepsOf(address, ["shop"])).last?.ok).toBe(true);
  });

  test("a schema that is there but closed is named with what is lacking", async () => {
    await database.client.query(`create schema closed; create schema half; grant usage on schema half to ${role}`);
    const { last } = await stepsOf(address, ["closed", "half"]);
    expect(last?.message).toContain(`"${role}" lacks usage, create on schema "closed"`);
    expect(last?.message).toContain(`"${role}" lacks create on schema "half"`);
    await database.client.query(last?.remedy?.match(/grant [^`]*;/)?.[0] ?? "");
    expect((await stepsOf(address, ["closed", "half"])).last?.ok).toBe(true);
  });

  test("a role whose sessions are read-only is told so", async () => {
    await database.client.query(`alter role ${role} set default_transaction_read_only = on`);
    const { last } = await stepsOf(address);
    expect(last).toMatchObject({ step: "privileges", ok: false, code: "destination_read_only" });
    await database.client.query(`alter role ${role} reset default_transaction_read_only`);
  });
});
