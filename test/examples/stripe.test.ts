import { beforeAll, expect, test } from "vitest";
import { waitsOf } from "../bad-input/rest-api-run.ts";
import { startHttpServer } from "../harness/http-server.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { exampleWorkspace, idsIn, runUntil, runWell, secondsAfter, sorted } from "./example-workspace.ts";
import { STRIPE_KEY, type Stripe, type StripeObject, stripeServer } from "./stripe-server.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

/** Two in a second, one pair every seven hours, so that they fill several months. */
function objects(prefix: string, count: number, more: (index: number) => object = () => ({})): StripeObject[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${prefix}_${String(index).padStart(5, "0")}`,
    created: secondsAfter(Math.floor(index / 2) * 25_200).getTime() / 1000,
    amount: index * 100,
    ...more(index),
  }));
}

function account(): Stripe {
  const lines = (index: number) => ({
    lines: {
      object: "list",
      data: [
        { id: `il_${index}_a`, amount: 1 },
        { id: `il_${index}_b`, amount: 2 },
      ],
    },
  });
  return {
    charges: objects("ch", 450, (index) => ({ balance_transaction: `txn_${index}` })),
    balance_transactions: objects("txn", 330),
    invoices: objects("in", 120, lines),
    events: objects("evt", 30),
  };
}

function setup(url: string, namespace: string) {
  return { url, namespace, secrets: { token: STRIPE_KEY } };
}

function idsOf(list: readonly StripeObject[]): string[] {
  return sorted(list.map(({ id }) => id));
}

test("Stripe is loaded whole, then only what is new, with a pause after too many requests", async () => {
  const data = account();
  const stripe = stripeServer(data);
  await using server = await startHttpServer(stripe.handler);
  await using ws = await exampleWorkspace(database, "stripe", setup(server.url, "stripe"));
  const first = await runWell(ws);
  expect(first.read).toEqual({
    charges: 450,
    balance_transactions: 330,
    invoices: 120,
    invoice_lines: 240,
    events: 30,
  });
  expect(await idsIn(database, "stripe.charges")).toEqual(idsOf(data.charges));
  expect(await idsIn(database, "stripe.balance_transactions")).toEqual(idsOf(data.balance_transactions));

  const newest = data.charges.at(-1)?.created ?? 0;
  data.charges.push({ id: "ch_same_second", created: newest }, { id: "ch_later", created: newest + 60 });
  data.balance_transactions.push({ id: "txn_new", created: (data.balance_transactions.at(-1)?.created ?? 0) + 60 });
  stripe.refuse(2, { status: 429, json: { error: { code: "rate_limit", message: "Too many requests" } } });
  const second = await runWell(ws);
  expect(second.read).toMatchObject({ charges: 2, invoices: 0, invoice_lines: 0, events: 0 });
  expect(waitsOf(second.events).length).toBeGreaterThan(0);
  expect(await idsIn(database, "stripe.charges")).toEqual(idsOf(data.charges));
  const { rows } = await database.client.query(
    "select balance_transaction->>'object' as object from stripe.charges where id = 'ch_00000'",
  );
  expect(rows).toEqual([{ object: "balance_transaction" }]);
});

test.each([2, 4, 7, 10, 14])(
  "Stripe interrupted at request %d ends exactly right with the next run",
  async (requests) => {
    const data = account();
    const stripe = stripeServer(data);
    await using server = await startHttpServer(stripe.handler);
    const namespace = `stripe_cut_${requests}`;
    await using ws = await exampleWorkspace(database, "stripe", setup(server.url, namespace));
    expect((await runUntil(ws, stripe, requests)).result.status).toBe("cancelled");
    data.charges.push({ id: "ch_meanwhile", created: (data.charges.at(-1)?.created ?? 0) + 60 });
    await runWell(ws);
    await runWell(ws);
    expect(await idsIn(database, `${namespace}.charges`)).toEqual(idsOf(data.charges));
    expect(await idsIn(database, `${namespace}.balance_transactions`)).toEqual(idsOf(data.balance_transactions));
  },
);
