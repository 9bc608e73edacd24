import { createHash } from "node:crypto";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { describe, expect, test } from "vitest";
import { loadRegistry } from "../../src/connector/registry.ts";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { type Finished, testWorkspace } from "../runner/test-workspace.ts";
import { columnsOf } from "./comparison.ts";

const CONNECTORS = fileURLToPath(new URL("../../connectors", import.meta.url));
const PATIENCE_MS = 300_000;

/** One run of the connector `files` over one file, into `shop.orders`. */
async function loadFile(
  { address }: FreshDatabase,
  name: string,
  write: (path: string) => Promise<void>,
): Promise<Finished> {
  const connection = { name: "shop", type: "files", options: { path: name, stream: "orders" } };
  await using workspace = await testWorkspace({ address, connections: [connection] });
  workspace.deps.registry = loadRegistry({ builtin: CONNECTORS });
  await write(join(workspace.root, name));
  return await workspace.run("shop");
}

async function typesOf(client: pg.Client): Promise<Record<string, string>> {
  const columns = await columnsOf({ client, schema: "shop", table: "orders" });
  return Object.fromEntries(columns.map(({ name, type }) => [name, type]));
}

const SAME_ROWS = 999_999;
const AT_ONCE = 9_999;

test(
  "a value of another type in row one million changes its column, or is kept beside it, and no other value",
  async () => {
    await using db = await freshDatabase();
    const plain = '{"n":7,"d":"2026-01-02","at":"2026-01-02T03:04:05Z","yes":true}\n';
    const odd = '{"n":"seven","d":[2],"at":"never","yes":0.5,"new":9007199254740993}\n';
    const { result } = await loadFile(db, "orders.ndjson", async (path) => {
      await using file = await open(path, "w");
      const block = plain.repeat(AT_ONCE);
      for (let rows = 0; rows < SAME_ROWS; rows += AT_ONCE)
        await file.write(block.slice(0, plain.length * (SAME_ROWS - rows)));
      await file.write(odd);
    });
    expect(result).toMatchObject({ error: null, stats: { orders: { inserted: 1_000_000, rejected: 0 } } });
    expect(await typesOf(db.client)).toEqual({
      ...{ n: "text", d: "text", at: "timestamp with time zone", yes: "text", at__text: "text", new: "bigint" },
    });
    const { rows } = await db.client.query(
      `select n, d, (at at time zone 'UTC')::text as at, yes, at__text, new::text, count(*)::int as rows
     from shop.orders group by 1, 2, 3, 4, 5, 6 order by rows`,
    );
    expect(rows).toEqual([
      { n: "seven", d: "[2]", at: null, yes: "0.5", at__text: "never", new: "9007199254740993", rows: 1 },
      { n: "7", d: "2026-01-02", at: "2026-01-02 03:04:05", yes: "true", at__text: null, new: null, rows: SAME_ROWS },
    ]);
  },
  PATIENCE_MS,
);

describe("values of dozens of megabytes", () => {
  const half = 'żółć 🚀 "quoted" \\ tab\t line\n'.repeat(250_000);
  const huge = half + half;
  const md5 = createHash("md5").update(huge).digest("hex");

  test(
    "come whole out of NDJSON, as text and within lists",
    async () => {
      await using db = await freshDatabase();
      const line = `${JSON.stringify({ id: 1, s: huge, l: [half, 1] })}\n{"id":2,"s":"small"}\n`;
      const { result } = await loadFile(db, "orders.ndjson", (path) => writeFile(path, line));
      expect(result).toMatchObject({ error: null, stats: { orders: { inserted: 2, rejected: 0 } } });
      const { rows } = await db.client.query(
        "select md5(s) as s, length(l ->> 0) as half from shop.orders where id = 1",
      );
      expect(rows).toEqual([{ s: md5, half: [...half].length }]);
    },
    PATIENCE_MS,
  );

  test(
    "come whole out of CSV",
    async () => {
      await using db = await freshDatabase();
      const text = `id,s\n1,"${huge.replaceAll('"', '""')}"\n2,small\n`;
      const { result } = await loadFile(db, "orders.csv", (path) => writeFile(path, text));
      expect(result).toMatchObject({ error: null, stats: { orders: { inserted: 2, rejected: 0 } } });
      expect((await db.client.query("select md5(s) as s from shop.orders where id = 1")).rows).toEqual([{ s: md5 }]);
    },
    PATIENCE_MS,
  );
});

test("texts of a CSV become another type only where each of them would come back as it was", async () => {
  await using db = await freshDatabase();
  const cells: Record<string, [type: string, ...texts: string[]]> = {
    id: ["bigint", "1", "2"],
    "Big Int": ["bigint", "9223372036854775807", "-9223372036854775808"],
    big_int: ["numeric", "9223372036854775808", "9007199254740993"],
    price: ["numeric", "1.50", "0.12345678901234567890"],
    zip: ["text", "007", "1"],
    plus: ["text", "+1", "1"],
    exponent: ["text", "1e5", "1"],
    comma: ["text", "1,5", "1"],
    zero: ["text", "-0", "0"],
    nan: ["text", "NaN", "1"],
    flag: ["boolean", "true", "false"],
    yes: ["text", "True", "yes"],
    day: ["date", "2024-02-29", "0001-01-01"],
    no_day: ["text", "2023-02-29", "02.01.2026"],
    json: ["text", '{"a": 1}', "[1]"],
    odd: ["text", "\\N", "\\."],
    script: ["text", "żółć 🚀", ' "x" \t'],
    select: ["text", "two\nlines", " padded "],
    ctid: ["text", "a", "b"],
  };
  const rowOf = (at: number) => Object.values(cells).map((cell) => `"${(cell[at] as string).replaceAll('"', '""')}"`);
  const text = [Object.keys(cells), rowOf(1), rowOf(2)].map((row) => row.join(",")).join("\n");
  const { result } = await loadFile(db, "orders.csv", (path) => writeFile(path, text));
  expect(result.error).toBeNull();
  const names: Record<string, string> = { "Big Int": "big_int", big_int: "big_int_2", ctid: "ctid_2" };
  const nameOf = (key: string) => names[key] ?? key;
  expect(await typesOf(db.client)).toEqual(
    Object.fromEntries(Object.entries(cells).map(([key, [type]]) => [nameOf(key), type])),
  );
  const list = Object.keys(cells).map((key) => `"${nameOf(key)}"::text`);
  const { rows } = await db.client.query(`select array[${list}] as row from shop.orders order by id`);
  expect(rows.map(({ row }) => row)).toEqual([1, 2].map((at) => Object.values(cells).map((cell) => cell[at])));
});
