import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { connectPostgres } from "../../../src/databases/postgres/client.ts";
import { storeRejects } from "../../../src/databases/postgres/rejects.ts";
import { freshDatabase } from "../../harness/postgres.ts";

test("many that keep the first rejects of a namespace at the same time all do", async () => {
  await using db = await freshDatabase();
  await using open = new AsyncDisposableStack();
  const connect = async () => {
    const client = await connectPostgres(db.address, { application_name: "rejects test" });
    open.defer(() => client.end());
    return client;
  };
  const clients = await Promise.all(Array.from({ length: 6 }, connect));
  const reject = { position: "row 1", reason: "a reason", row: "1" };
  for (let round = 0; round < 10; round++) {
    const namespace = `round_${round}`;
    await db.client.query(`create schema ${namespace}`);
    const target = () => ({ namespace, connection_id: randomUUID(), stream: "orders", run_id: randomUUID() });
    await Promise.all(clients.map((client) => storeRejects(client, target(), [reject])));
    const { rows } = await db.client.query(`select count(*)::int as n from ${namespace}._sluice_rejects`);
    expect(rows).toEqual([{ n: clients.length }]);
  }
});
