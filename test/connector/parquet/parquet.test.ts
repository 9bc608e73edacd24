import { copyFile, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, test } from "vitest";
import type { RowBatch, SourceColumn } from "../../../src/connector/define-connector.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import { rowsOf, SourceFolder, throughJson } from "../file-source/source-folder.ts";

/** Written by Apache Arrow and DuckDB: `write-files.py` beside them. */
const FILES = join(import.meta.dirname, "files");

async function folderWith(...names: string[]): Promise<SourceFolder> {
  const folder = await SourceFolder.create();
  for (const name of names) await copyFile(join(FILES, name), folder.path(name));
  return folder;
}

async function read(name: string) {
  const folder = await folderWith(name);
  let columns: readonly SourceColumn[] = [];
  const log: string[] = [];
  await folder.readAll(name, {
    layout(declared) {
      columns = declared;
    },
    log: (level, message) => void log.push(`${level}: ${message}`),
  });
  return { types: Object.fromEntries(columns.map(({ name, type }) => [name, type])), log };
}

describe("a value of Parquet", () => {
  it("has the type that its column says, and all of its digits", async () => {
    const { types } = await read("types.parquet");
    expect(types).toEqual({
      ...{ id: "integer", small: "integer", big: "bigint", unsigned: "numeric(20,0)", unsigned32: "bigint" },
      ...{
        price: "numeric(9,2)",
        exact: "numeric(38,10)",
        huge: "numeric(76,0)",
        ratio: "double precision",
        single: "real",
      },
      ...{ yes: "boolean", name: "text", bytes: "bytea", day: "date", at_ms: "timestamp", at_us: "timestamp" },
      ...{ at_utc: "timestamptz", at_ns: "timestamp", clock: "time", tags: "jsonb", lines: "jsonb", address: "jsonb" },
      ...{ attrs: "jsonb", nothing: "integer" },
    });
    const [first, second, third] = await texts("types.parquet");
    expect(first).toEqual({
      ...{
        id: "1",
        small: "-128",
        big: "9007199254740993",
        unsigned: "18446744073709551615",
        unsigned32: "4294967295",
      },
      ...{ price: "12.50", exact: "1234567890123456789012345678.1234567890", huge: "1".repeat(70), ratio: "0.1" },
      ...{ single: "0.10000000149011612", yes: true, name: "Ada é\t\\N\n", bytes: "\\x00ff5c78", day: "2026-01-02" },
      ...{
        at_ms: "2026-01-02 03:04:05.678",
        at_us: "2026-01-02 03:04:05.678901",
        at_utc: "2026-01-02 03:04:05.678901+00",
      },
      ...{ at_ns: "2026-01-02 03:04:05.678901", clock: "23:59:59.999999", tags: '["a",null,"é"]' },
      lines: '[{"sku":"x","price":1.10,"n":9007199254740993}]',
      ...{
        address: '{"city":"Zürich","since":"2020-02-29","geo":{"lat":47.5}}',
        attrs: '{"k":1,"l":null}',
        nothing: null,
      },
    });
    expect(second).toMatchObject({
      ...{
        big: "-9223372036854775808",
        price: "-0.01",
        exact: "-0.0000000001",
        huge: "-1",
        ratio: "NaN",
        single: "1.5",
      },
      ...{ yes: false, name: "", bytes: "\\x", day: "0001-01-01", at_ms: "1969-12-31 23:59:59.999", clock: "00:00:00" },
      ...{ at_us: "0001-01-01 00:00:00", tags: "[]", lines: "[]", attrs: "{}" },
      address: '{"city":null,"since":null,"geo":null}',
    });
    expect(third).toEqual({
      ...Object.fromEntries(Object.keys(first ?? {}).map((key) => [key, null])),
      id: "3",
      ratio: "-Infinity",
    });
  });

  it("is an exact moment as INT96 too", async () => {
    expect((await texts("int96.parquet")).map(({ at }) => at)).toEqual([
      "2026-01-02 03:04:05.678901",
      "1969-12-31 23:59:59.999999",
      null,
    ]);
  });

  it("of nanoseconds is cut to microseconds, which is said once", async () => {
    const { log } = await read("nanoseconds.parquet");
    expect(log).toEqual([expect.stringMatching(/^warn: at of nanoseconds\.parquet has nanoseconds/)]);
    expect(await texts("nanoseconds.parquet")).toEqual([{ at: "2026-01-02 03:04:05.678901" }]);
  });

  it.each(["v2.parquet", "brotli.parquet", "empty.parquet"])(
    "is read from pages and packings of other kinds: %s",
    async (name) => {
      const rows = await texts(name);
      expect(rows).toHaveLength({ "v2.parquet": 3000, "brotli.parquet": 100 }[name] ?? 0);
      expect(rows).toEqual(rows.map((_, i) => ({ id: String(i), text: `row ${i}`, even: i % 2 === 0 })));
    },
  );
});

test.each(["nulls-lz4-1.parquet", "nulls-lz4-2.parquet"])(
  "a column without a value is read from LZ4: %s",
  async (name) => {
    expect(await texts(name)).toEqual(["0", "1", "2"].map((id) => ({ id, n: null })));
  },
);

async function texts(name: string): Promise<Record<string, unknown>[]> {
  const folder = await folderWith(name);
  return (await folder.readAll(name)).batches.flatMap(plainRows);
}

/** With values as they are handed over. */
function plainRows(batch: RowBatch): Record<string, unknown>[] {
  if (!("values" in batch)) return [];
  return batch.values.map((row) => Object.fromEntries(batch.columns.map((key, i) => [key, row[i]])));
}

describe("a Parquet file", () => {
  it("is gone on with from every cursor with exactly the rest", async () => {
    const folder = await folderWith("groups.parquet");
    const whole = await folder.readAll("groups.parquet", { chunkBytes: 4096 });
    expect(whole.rows).toHaveLength(10_000);
    expect(whole.positions[4321]).toBe("groups.parquet#4322");
    let before = 0;
    for (const batch of whole.batches) {
      before += rowsOf(batch).length;
      const rest = await folder.readAll("groups.parquet", { cursor: throughJson(batch.cursor), chunkBytes: 4096 });
      expect(rest.batches.flatMap(plainRows)).toEqual(whole.batches.flatMap(plainRows).slice(before));
    }
    expect(whole.batches.length).toBeGreaterThan(5);
  });

  it("that was written anew with more row groups gives those; one with others has changed", async () => {
    const folder = await folderWith("groups-begin.parquet", "v2.parquet");
    const grown = await readFile(join(FILES, "groups.parquet"));
    await folder.write("t.parquet", await readFile(join(FILES, "groups-begin.parquet")));
    const first = await folder.readAll("t.parquet");
    expect(first.rows).toHaveLength(6000);
    await folder.write("t.parquet", grown);
    const second = await folder.readAll("t.parquet", { cursor: first.cursor });
    expect(second.batches.flatMap(plainRows).map((row) => row["text"])).toEqual(
      Array.from({ length: 4000 }, (_, i) => `row ${i + 6000}`),
    );
    expect((await folder.readAll("t.parquet", { cursor: second.cursor })).rows).toEqual([]);
    await folder.write("t.parquet", await readFile(join(FILES, "v2.parquet")));
    const changed = folder.readAll("t.parquet", { cursor: second.cursor as JsonValue });
    await expect(changed).rejects.toMatchObject({ code: "source_changed" });
  });

  it("is not mixed with files of another kind in one stream", async () => {
    const folder = await folderWith("v2.parquet");
    await folder.write("a.csv", "id\n1\n");
    await expect(folder.readAll(["*.csv", "*.parquet"])).rejects.toMatchObject({
      code: "connection_invalid",
      message: expect.stringMatching(/v2\.parquet and a\.csv.*two streams/),
    });
  });

  it.each([
    ["that is cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length - 100), "source_truncated", /ends too early/],
    [
      "whose footer is damaged",
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -60), Buffer.alloc(40, 0xff), bytes.subarray(-20)]),
      "source_format",
      /footer/,
    ],
    [
      "whose footer is longer than the file",
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -8), Buffer.from([255, 255, 255, 127]), Buffer.from("PAR1")]),
      "source_format",
      /longer than the file/,
    ],
    [
      "that is encrypted",
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -4), Buffer.from("PARE")]),
      "source_format",
      /encrypted/,
    ],
    ["that is none", () => Buffer.from("id,name\n1,a\n"), "source_format", /not a Parquet file/],
    ["that is empty", () => Buffer.alloc(0), "source_format", /not a Parquet file/],
    [
      "whose pages are damaged",
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 200), Buffer.alloc(2000, 0xab), bytes.subarray(2200)]),
      "source_format",
      /cannot be read/,
    ],
  ])("%s is refused with its name and what to do", async (_, breakIt, code, message) => {
    const folder = await SourceFolder.create({ "t.parquet": breakIt(await readFile(join(FILES, "groups.parquet"))) });
    await expect(folder.readAll("t.parquet")).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
