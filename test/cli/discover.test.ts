import { expect, test } from "vitest";
import { configOf, sluice, workspaceFolder } from "./command-harness.ts";

const SHOP = `import { defineConnector, z } from "sluice/connector";
const columns = [
  { name: "id", type: "bigint", nullable: false },
  { name: "placed_at", type: "timestamptz", nullable: false },
  { name: "note", type: "text", nullable: true },
];
const read = async function* () {};
export default defineConnector({
  name: "shop",
  title: "Shop",
  description: "Orders of a shop.",
  options: z.strictObject({ streams: z.number().optional().describe("how many more there are") }),
  secrets: z.strictObject({}),
  async check() {
    return { message: "fine" };
  },
  streams: async ({ options }) => [
    { name: "public.orders", description: "What was bought", mode: "merge", primaryKey: ["id"], cursorField: "placed_at",
      columns, estimatedRows: 1204312, read },
    { name: "public.visits", read },
    ...Array.from({ length: options.streams ?? 0 }, (_, n) => ({ name: "log.day_" + n, read })),
  ],
});
`;

async function shop(schema: object, more: object = {}): Promise<string> {
  const connection = { name: "shop", type: "shop", schema, ...more };
  return workspaceFolder({ "config.json": configOf(connection), "connectors/shop.ts": SHOP });
}

const discover = (cwd: string, ...flags: string[]) => sluice(["connections", "discover", "shop", ...flags], { cwd });

test("lists each stream on a line with how it would be loaded", async () => {
  const cwd = await shop({ streams: { "public.orders": { selected: true } } });
  const { stdout, exit_code } = await discover(cwd);
  expect(exit_code).toBe(0);
  expect(stdout).toMatch(/^STREAM +SELECTED +MODE +KEY +CURSOR +ROWS +COLUMNS$/m);
  expect(stdout).toMatch(/^public\.orders +yes +merge +id +placed_at +≈ 1,204,312 +3$/m);
  expect(stdout).toMatch(/^public\.visits +no +append +- +- +- +-$/m);
  expect(stdout).toContain("2 streams, 1 selected.");
});

test("lists five hundred streams on as many lines, narrow ones, and can be narrowed to some", async () => {
  const cwd = await shop({ options: { streams: 498 } });
  const lines = (await discover(cwd)).stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(1 + 500 + 2);
  expect(Math.max(...lines.slice(0, -1).map((line) => line.length))).toBeLessThan(80);
  const logs = await discover(cwd, "--stream", "log.*", "--json");
  expect(logs.json().streams).toHaveLength(498);
  const [head] = (await discover(cwd, "--stream", "log.*")).stdout.split("\n");
  expect(head).toMatch(/^STREAM +SELECTED +MODE$/);
});

test("shows one stream with its columns, and where the settings differ from what the connector proposes", async () => {
  const cwd = await shop({ streams: { "public.orders": { mode: "append" } } });
  const { stdout } = await discover(cwd, "--stream", "public.orders");
  expect(stdout).toMatch(/^about: +What was bought$/m);
  expect(stdout).toMatch(/^mode: +append \(the connector proposes merge\)$/m);
  expect(stdout).toMatch(/^key: +id$/m);
  expect(stdout).toMatch(/^table: +shop\.public_orders$/m);
  expect(stdout).toMatch(/^id +bigint +no +key$/m);
  expect(stdout).toMatch(/^placed_at +timestamptz +no +cursor$/m);
  expect((await discover(cwd, "--stream", "public.visits")).stdout).toContain("once it has been loaded");
});

test("has everything as JSON", async () => {
  const cwd = await shop({ streams: { "public.orders": { mode: "append" } } });
  const [orders, visits] = (await discover(cwd, "--json")).json().streams;
  expect(orders).toEqual({
    ...{ name: "public.orders", description: "What was bought", selected: true, ordered: false },
    ...{ mode: "append", primary_key: ["id"], cursor_field: "placed_at", table: "shop.public_orders" },
    proposed: { mode: "merge", primary_key: ["id"], cursor_field: "placed_at" },
    estimated_rows: 1204312,
    columns: [
      { name: "id", type: "bigint", nullable: false },
      { name: "placed_at", type: "timestamptz", nullable: false },
      { name: "note", type: "text", nullable: true },
    ],
  });
  expect(visits).toMatchObject({ description: null, estimated_rows: null, columns: null, cursor_field: null });
});

test("guesses the stream that was meant", async () => {
  const { exit_code, stderr } = await discover(await shop({}), "--stream", "public.order");
  expect([exit_code, stderr]).toEqual([3, expect.stringContaining('Did you mean "public.orders"?')]);
});

test("guesses the streams that settings were meant for", async () => {
  const cwd = await shop({ streams: { "public.order": { mode: "append" }, "public.vists": { selected: true } } });
  const { exit_code, stderr } = await discover(cwd);
  expect([exit_code, stderr]).toEqual([
    0,
    'config.json has settings for streams that are not offered: public.order (Did you mean "public.orders"?), public.vists (Did you mean "public.visits"?).\n',
  ]);
  expect((await discover(await shop({ streams: { "public.orders": {} } }))).stderr).toBe("");
});

test("works for a disabled connection, and for one whose destination is not set up", async () => {
  expect((await discover(await shop({}, { enabled: false }))).exit_code).toBe(0);
  expect((await discover(await shop({}, { destination: "lake" }))).exit_code).toBe(0);
});
