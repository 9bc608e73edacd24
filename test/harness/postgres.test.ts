import { afterAll, expect, test } from "vitest";
import { connectPostgres } from "../../src/databases/postgres/client.ts";
import { adminAddress, asAdmin, freshDatabase } from "./postgres.ts";

test("every database is empty and of its own", async () => {
  await using first = await freshDatabase();
  await using second = await freshDatabase();
  await first.client.query("create table things (id int)");
  const { rows } = await second.client.query("select to_regclass('things') as found");
  expect(rows).toEqual([{ found: null }]);
  expect(first.address.database).not.toBe((await adminAddress()).database);
});

test("a connection that was left open fails the test that left it", async () => {
  const database = await freshDatabase();
  const leak = await connectPostgres(database.address, { application_name: "leaky" });
  await expect(database[Symbol.asyncDispose]()).rejects.toThrow(/connections left open[\s\S]*leaky/);
  await leak.end();
});

let created: string | undefined;

test("a database is still there while its file runs", async () => {
  await using database = await freshDatabase();
  created = database.address.database;
  const { rowCount } = await asAdmin((admin) => admin.query("select from pg_database where datname = $1", [created]));
  expect(rowCount).toBe(1);
});

afterAll(() => {
  expect(created).toMatch(/^postgres_/);
});
