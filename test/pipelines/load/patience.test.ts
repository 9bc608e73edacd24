import { expect, test } from "vitest";
import { connectPostgres } from "../../../src/databases/postgres/client.ts";
import { asAdmin, freshDatabase } from "../../harness/postgres.ts";
import { loadingInto, rowsSource } from "./loading.ts";

const rows = Array.from({ length: 1500 }, (_, i) => ({ id: i, name: `n${i}` }));

const TIMEOUTS = [
  "statement_timeout",
  "idle_in_transaction_session_timeout",
  "idle_session_timeout",
  "transaction_timeout",
];
/** Enough for the first words of a session, also on a machine that has much else to do. */
const TIMEOUT_MS = 1500;

test("a load outlives the role's timeouts for statements and for idle transactions", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await asAdmin(async (admin) => {
    const { rows: known } = await admin.query("select name from pg_settings where name = any($1)", [TIMEOUTS]);
    for (const { name } of known)
      await admin.query(`alter database "${db.address.database}" set ${name} = '${TIMEOUT_MS}ms'`);
  });
  const slow = async function* () {
    for await (const batch of rowsSource(rows, 500)({ cursor: undefined })) {
      yield batch;
      await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS + 200));
    }
  };
  const results = await Promise.all(
    (["append", "merge", "replace"] as const).map((mode) =>
      shop.load({ stream: mode, mode, primary_key: ["id"], read: slow }),
    ),
  );
  for (const result of results) expect(result).toMatchObject({ outcome: "success", inserted: 1500 });
});

test("a lock that is not to be had in time is an error that may pass, and readers get through while it is waited for", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ read: rowsSource([{ id: 1 }]) });
  await using reader = await longQuery(db.address);
  const load = shop.load({ read: rowsSource([{ id: 1 }, { id: 2, more: 1 }], 1), lock_timeout_ms: 5000 });
  const waiting = `select from pg_locks where not granted and relation = 'shop.orders'::regclass`;
  while ((await db.client.query(waiting)).rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const read = db.client.query("select count(*) from shop.orders").then(() => "the reader");
  expect(await Promise.race([read, load])).toBe("the reader");
  const result = await load;
  expect(result.error).toMatchObject({ code: "destination_busy", recovery: "retry" });
  expect(result.error?.message).toContain("lock_timeout_s");
  await reader.end();
  expect(await shop.load({ read: rowsSource([{ id: 1 }, { id: 2, more: 1 }], 1) })).toMatchObject({
    outcome: "success",
  });
});

test("a replace that cannot lock the table exchanges its rows instead of waiting for ever", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  await shop.load({ mode: "replace", read: rowsSource(rows) });
  await using reader = await longQuery(db.address);
  const plan = { mode: "replace" as const, read: rowsSource(rows.slice(0, 3)), lock_timeout_ms: 300 };
  expect((await shop.load({ ...plan, replace_by: "swap" })).error).toMatchObject({ code: "destination_busy" });
  expect(await shop.load(plan)).toMatchObject({ outcome: "success", inserted: 3 });
  expect(await reader.count()).toBe(1500);
});

test("the planner knows a table after a load that has changed much of it, and is not bothered after a small one", async () => {
  await using db = await freshDatabase();
  const shop = loadingInto(db.address);
  const known = async () =>
    (await db.client.query("select reltuples::int as n from pg_class where oid = 'shop.orders'::regclass")).rows[0].n;
  await shop.load({ read: rowsSource(rows) });
  expect(await known()).toBe(1500);
  await shop.load({ read: rowsSource([...rows, { id: -1, name: "x" }]) });
  expect(await known()).toBe(1500);
  const more = rows.map((row) => ({ ...row, id: row.id + 10_000 }));
  await shop.load({ read: rowsSource([...rows, { id: -1, name: "x" }, ...more]) });
  expect(await known()).toBe(3001);
});

/** Somebody who has read the table and keeps the transaction open. */
async function longQuery(address: Parameters<typeof connectPostgres>[0]) {
  const client = await connectPostgres(address, { application_name: "reader" });
  await client.query("begin isolation level repeatable read; select count(*) from shop.orders");
  const end = () => client.end();
  const count = async () => (await client.query("select count(*)::int as n from shop.orders")).rows[0].n;
  return { end, count, [Symbol.asyncDispose]: end };
}
