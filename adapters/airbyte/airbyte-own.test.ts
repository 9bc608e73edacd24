import { test } from "vitest";
import { proveSource } from "./prove-source.ts";

const USERS = 20_000;
const ROWS = 5000;

/** It gives everything in every run, at other times: merged by key the same rows are left. */
test("airbyte-source-faker", async () => {
  const whole = { users: USERS, products: 100, purchases: USERS };
  await proveSource({
    options: {
      package: "airbyte-source-faker==7.2.1",
      config: { count: USERS, seed: 7, records_per_slice: 500, parallelism: 1 },
    },
    ...{ offers: { users: "merge", products: "merge", purchases: "merge" }, whole, moveOn: () => whole },
    changing: ["updated_at", "added_to_cart_at", "purchased_at", "returned_at"],
    killedAfter: 5000,
  });
});

/** Streams without keys or cursors. */
test("airbyte-source-hardcoded-records", async () => {
  const whole = { products: ROWS, customers: ROWS, dummy_fields: ROWS };
  await proveSource({
    options: { package: "airbyte-source-hardcoded-records==0.0.48", config: { count: ROWS } },
    offers: { products: "replace", customers: "replace", dummy_fields: "replace" },
    ...{ whole, moveOn: () => whole },
  });
});
