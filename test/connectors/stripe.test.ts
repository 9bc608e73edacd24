import { tryStream } from "sluice/connector";
import { expect, test } from "vitest";
import stripe from "../../connectors/stripe.ts";
import { contextFor } from "../vendors/check-context.ts";
import { STRIPE_KEY, second, startStripe, stripeData } from "../vendors/stripe-server.ts";

const setup = (url: string, options: object = {}) => ({
  options: { api_url: `${url}/v1`, ...options },
  secrets: { api_key: STRIPE_KEY },
});

test("objects of the last days are read again with their changes, older ones are not", async () => {
  const data = stripeData(0);
  const charge = (n: number, day: number) => ({ id: `ch_${n}`, object: "charge", created: second(day * 86_400) });
  data.objects["charges"] = [charge(1, 0), charge(2, 50), charge(3, 70)];
  await using vendor = await startStripe(data);
  const first = await tryStream(stripe, { ...setup(vendor.url), stream: "charges" });
  expect(first.rows.map(({ id }) => id)).toEqual(["ch_3", "ch_2", "ch_1"]);
  for (const one of data.objects["charges"]) Object.assign(one, { refunded: true });
  const second_ = await tryStream(stripe, { ...setup(vendor.url), stream: "charges", cursor: first.cursor ?? null });
  expect(second_.rows.map(({ id, refunded }) => [id, refunded])).toEqual([
    ["ch_3", true],
    ["ch_2", true],
  ]);
});

test("an object that is deleted between two pages does not end the reading", async () => {
  const data = stripeData(8);
  await using vendor = await startStripe(data, 3);
  const customers = data.objects["customers"] ?? [];
  vendor.onRequest = (number) => {
    if (number === 2) customers.splice(5, 1);
  };
  const { rows } = await tryStream(stripe, { ...setup(vendor.url), stream: "customers" });
  const found = rows.map(({ id }) => id);
  expect(customers.filter(({ id }) => !found.includes(id))).toEqual([]);
});

test("deletions are told by the events, and a connected account is asked for by its header", async () => {
  await using vendor = await startStripe();
  const { rows } = await tryStream(stripe, { ...setup(vendor.url, { account: "acct_9" }), stream: "deletions" });
  expect(rows.map(({ object_id, object }) => [object_id, object])).toEqual([
    ["cus_6", "customer"],
    ["cus_3", "customer"],
    ["cus_0", "customer"],
  ]);
  expect(vendor.server.requests.at(-1)?.headers["stripe-account"]).toBe("acct_9");
});

test("the check names what a restricted key may not read", async () => {
  const data = stripeData(1);
  data.forbidden.push("disputes", "payouts");
  await using vendor = await startStripe(data);
  await using ctx = contextFor(stripe, setup(vendor.url));
  const { message } = await stripe.check(ctx as never);
  expect(message).toBe("logged in to acct_1 (FI, eur); not permitted: disputes, payouts");
});
