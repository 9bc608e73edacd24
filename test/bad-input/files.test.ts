import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../harness/postgres.ts";
import { parseOutput } from "../headless/headless-process.ts";
import { badInputWorkspace, contentsOf, expectRefusal } from "./bad-input-workspace.ts";
import { blockedRun, ordersCsv } from "./blocked-run.ts";
import { countsOf, rowsOf } from "./loaded-rows.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});

const GOOD = ["1,tea", "2,coffee", "3,water"];
const GOOD_CSV = "id,item\n1,tea\n2,coffee\n3,water\n";
const GOOD_NDJSON = GOOD.map((row) => {
  const [id, item] = row.split(",");
  return `${JSON.stringify({ id: Number(id), item })}\n`;
}).join("");

interface BadFile {
  what: string;
  path: string;
  bad: string | Uint8Array;
  mended: string | Uint8Array;
  code: string;
  says: (string | RegExp)[];
}

const badFiles: BadFile[] = [
  {
    what: "a CSV with rows of another length",
    path: "data/orders.csv",
    bad: "id,item\n1,tea\n2\n3,water,cold\n",
    mended: GOOD_CSV,
    code: "too_many_rejects",
    says: [
      "2 rows could not be stored",
      "data/orders.csv:3: 1 field where there are 2 columns",
      "_sluice_rejects",
      "max_rejects",
    ],
  },
  {
    what: "a CSV in another encoding",
    path: "data/orders.csv",
    bad: Buffer.from("id,item\n1,tea\n2,caf\u00e9\n", "latin1"),
    mended: GOOD_CSV,
    code: "source_encoding",
    says: [/reading data\/orders\.csv: line 3 \(byte 19\) is not UTF-8/, "Set the option `encoding`"],
  },
  {
    what: "a CSV in UTF-16 that does not say so",
    path: "data/orders.csv",
    bad: Buffer.from(GOOD_CSV, "utf16le"),
    mended: GOOD_CSV,
    code: "source_encoding",
    says: [/reading data\/orders\.csv: it looks like utf-16le/, "Set the option `encoding` to utf-16le"],
  },
  {
    what: "a CSV with a NUL byte",
    path: "data/orders.csv",
    bad: "id,item\n1,tea\n2,cof\0fee\n",
    mended: GOOD_CSV,
    code: "too_many_rejects",
    says: ["data/orders.csv:3: item holds a NUL character", "mend the source"],
  },
  {
    what: "a CSV with a quote that is never closed",
    path: "data/orders.csv",
    bad: 'id,item\n1,tea\n2,"coffee\n3,water\n',
    mended: GOOD_CSV,
    code: "source_format",
    says: [/reading data\/orders\.csv: the quote that opens on line 3 is never closed/, "Close it in the file"],
  },
  {
    what: "an NDJSON with a broken line",
    path: "data/orders.ndjson",
    bad: '{"id":1,"item":"tea"}\n{"id":2,"item":\n{"id":3,"item":"water"}\n',
    mended: GOOD_NDJSON,
    code: "too_many_rejects",
    says: ["data/orders.ndjson:2: not valid JSON", "_sluice_rejects", "mend the source"],
  },
  {
    what: "a truncated gzip",
    path: "data/orders.csv.gz",
    bad: gzipSync(GOOD_CSV).subarray(0, -6),
    mended: gzipSync(GOOD_CSV),
    code: "source_truncated",
    says: [/unpacking data\/orders\.csv\.gz: the gzip data ends too early/, "get it again"],
  },
  {
    what: "a gzip that is none",
    path: "data/orders.csv.gz",
    bad: Buffer.concat([gzipSync(GOOD_CSV).subarray(0, 10), Buffer.alloc(200, 7)]),
    mended: gzipSync(GOOD_CSV),
    code: "source_format",
    says: [/unpacking data\/orders\.csv\.gz: /],
  },
];

describe("a file that is not as it should be", () => {
  test.for(badFiles)(
    "$what: told with its place, nothing is loaded of it, and all is once it was mended",
    async (one) => {
      await using ws = await badInputWorkspace({
        address: database.address,
        path: one.path,
        files: { [one.path]: one.bad },
      });
      const table = `${ws.namespace}.orders`;
      await expectRefusal(ws, "orders", { code: one.code, exit: 1, says: one.says });
      expect((await rowsOf(database, table)) ?? []).toEqual([]);
      await ws.write(one.path, one.mended);
      const { code, stderr } = await ws.headless("orders");
      expect(code, stderr).toBe(0);
      expect(await rowsOf(database, table)).toEqual(GOOD);
    },
  );

  test("rows that may be rejected are kept aside once, however often they are read, and the others are loaded", async () => {
    await using ws = await badInputWorkspace({
      address: database.address,
      schema: { max_rejects: 3 },
      files: { "data/orders.csv": "id,item\n1,tea\n2\n2,coffee\n4,a,b\n5,\0\n3,water\n" },
    });
    const { code, result, stderr } = await ws.headless("orders");
    expect([code, result.stats.orders.inserted, result.stats.orders.rejected]).toEqual([0, 3, 3]);
    expect(stderr).toContain("3 inserted, 3 rejected");
    expect((await ws.headless("orders")).code).toBe(0);
    expect(await rowsOf(database, `${ws.namespace}.orders`)).toEqual(GOOD);
    const { rows } = await database.client.query(
      `select position, reason from ${ws.namespace}._sluice_rejects order by position`,
    );
    expect(rows.map(({ position }) => position)).toEqual([3, 5, 6].map((line) => `data/orders.csv:${line}`));
  });

  test("a CSV without a header is loaded with numbered columns, and that is said with the way to name them", async () => {
    await using ws = await badInputWorkspace({
      address: database.address,
      files: { "data/orders.csv": "1,2.5\n2,3.5\n" },
    });
    const { code, events } = await ws.headless("orders");
    expect(code).toBe(0);
    const said = events.find((event) => event.level === "warn");
    expect(said?.message).toMatch(/data\/orders\.csv.*`header`/);
    const { rows } = await database.client.query(`select * from ${ws.namespace}.orders`);
    expect(rows).toHaveLength(2);
  });

  test.for([
    [
      "data/orders.csv",
      "source_not_found",
      [/looking for data\/orders\.csv: there is no such file/, "Check the option `path`"],
    ],
    ["data", "source_unreadable", [/opening data: it is a folder/, "Name its files in the option `path`"]],
  ] as const)("a path that leads to no file (%s) is told", async ([path, code, says]) => {
    await using ws = await badInputWorkspace({
      address: database.address,
      path,
      files: { "data/other.csv": GOOD_CSV },
    });
    await expectRefusal(ws, "orders", { code, exit: 1, says });
  });
});

/** More than fits between the file and a destination that takes nothing. */
const MANY = 1_500_000;

describe("a file that changes while it is read", () => {
  test.for([
    [
      "is written over",
      async (path: string) => {
        const file = await open(path, "r+");
        await file.write("X", 500);
        await file.close();
      },
    ],
    ["is replaced by a shorter one", (path: string) => writeFile(path, ordersCsv(1, 100))],
  ] as const)(
    "and %s is refused, no row of it stays, and the next run loads what is there then",
    async ([, change]) => {
      await using ws = await badInputWorkspace({
        address: database.address,
        files: { "data/orders.csv": ordersCsv(1, 100) },
      });
      const path = join(ws.root, "data/orders.csv");
      // However long it takes: rows of a checkpoint that was reached before would stay, and rightly so.
      await ws.configure(({ connections: [orders] }) => Object.assign(orders.schema, { checkpoint_s: 600 }));
      expect((await ws.headless("orders")).code).toBe(0);
      await writeFile(path, ordersCsv(1, MANY));
      const before = await contentsOf(ws.root, "data/orders.csv");
      await using run = await blockedRun(database, ws);
      await change(path);
      await run.release();
      const ended = await run.ended;
      const { result } = parseOutput(ended.stdout);
      expect([ended.code, result.error?.code], ended.stderr).toEqual([1, "source_changed_while_read"]);
      expect(result.error.message).toMatch(/reading data\/orders\.csv: it .*while it was (being )?read/);
      expect(await contentsOf(ws.root, "data/orders.csv")).toEqual(before);
      expect(await countsOf(database, ws.namespace)).toEqual({ rows: 100, ids: 100 });
      await writeFile(path, ordersCsv(1, 300));
      expect((await ws.headless("orders")).code).toBe(0);
      expect(await countsOf(database, ws.namespace)).toEqual({ rows: 300, ids: 300 });
    },
  );
});
