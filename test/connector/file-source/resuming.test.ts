import { createHash } from "node:crypto";
import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { describeFileCursor } from "../../../src/connector/file-source/file-cursor.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import { recordsIn, rowsOf, SourceFolder, throughJson } from "./source-folder.ts";

const CSV = `id,name\n${Array.from({ length: 40 }, (_, i) => `${i},${i % 7 === 0 ? `"two\nlines ${i}"` : `näme ${i}`}`).join("\n")}\n`;
const NDJSON = Array.from({ length: 40 }, (_, i) => `{"id":${i},"name":"näme ${i}"}\n${i % 9 === 0 ? "\n" : ""}`).join(
  "",
);
const JSON_LIST = `{"meta":[1],"items":[${Array.from({ length: 40 }, (_, i) => `{"id":${i},"name":"}],${i}"}`).join(",\n")}],"end":{}}`;

describe("a read that goes on from a cursor", () => {
  it.each([
    ["t.csv", CSV],
    ["t.ndjson", NDJSON],
    ["t.json", JSON_LIST],
    ["t.csv.gz", gzipSync(CSV)],
    ["t.ndjson.zst", zstdCompressSync(NDJSON)],
    ["t.csv utf-16", Buffer.from(`\uFEFF${CSV}`, "utf16le")],
  ])("gives exactly the rest of %s, from every cursor, with the same positions", async (name, content) => {
    const folder = await SourceFolder.create({ [name]: content });
    const seen: { rows: number; cursor: JsonValue | undefined }[] = [];
    const how = { chunkBytes: 64, ...(name.includes("utf-16") ? { format: "csv" as const } : {}) };
    const whole = await folder.readAll(name, how);
    let rows = 0;
    for (const batch of whole.batches) {
      rows += rowsOf(batch).length;
      seen.push({ rows, cursor: throughJson(batch.cursor) });
    }
    expect(whole.rows).toHaveLength(40);
    expect(seen.length).toBeGreaterThan(5);
    for (const { rows: before, cursor } of seen) {
      const rest = await folder.readAll(name, { ...how, cursor });
      expect(rest.rows).toEqual(whole.rows.slice(before));
      expect(rest.positions).toEqual(whole.positions.slice(before));
    }
  });

  it("never changes a cursor that was given out", async () => {
    const folder = await SourceFolder.create({ "a.csv": CSV, "b.csv": CSV, "c.csv": CSV });
    const kept: [JsonValue | undefined, string][] = [];
    for await (const { cursor } of folder.read("*.csv", { chunkBytes: 64 })) kept.push([cursor, ""]);
    const early: [JsonValue | undefined, string][] = [];
    for await (const { cursor } of folder.read("*.csv", { chunkBytes: 64 }))
      early.push([cursor, JSON.stringify(cursor)]);
    expect(early.map(([cursor]) => JSON.stringify(cursor))).toEqual(early.map(([, text]) => text));
    expect(kept.map(([cursor]) => JSON.stringify(cursor))).toEqual(early.map(([, text]) => text));
  });

  it("loads each file of a growing set once", async () => {
    const folder = await SourceFolder.create({ "in/a.csv": "id\n1\n", "in/b.csv": "id\n2\n" });
    const first = await folder.readAll("in/*.csv");
    await folder.write("in/aa.csv", "id\n3\n");
    const second = await folder.readAll("in/*.csv", { cursor: first.cursor });
    expect(first.rows).toHaveLength(2);
    expect(second.rows).toEqual([{ id: "3" }]);
    expect((await folder.readAll("in/*.csv", { cursor: second.cursor })).rows).toEqual([]);
  });

  it("goes on where a file has grown", async () => {
    for (const [name, begin, more] of [
      ["t.csv", "id,x\n1,a\n", "2,b\n"],
      ["t.ndjson", '{"id":"1","x":"a"}\n', '{"id":"2","x":"b"}\n'],
    ] as const) {
      const folder = await SourceFolder.create({ [name]: begin });
      const first = await folder.readAll(name);
      await appendFile(folder.path(name), more);
      const second = await folder.readAll(name, { cursor: first.cursor });
      expect(second.rows).toEqual([{ id: "2", x: "b" }]);
    }
  });

  it("goes on in a JSON list that has become longer, whatever stands behind it", async () => {
    const folder = await SourceFolder.create({ "t.json": '{"items":[{"id":1}],"total":1}' });
    const first = await folder.readAll("t.json");
    await folder.write("t.json", '{"items":[{"id":1},{"id":2}],"total":2}');
    const second = await folder.readAll("t.json", { cursor: first.cursor });
    expect(second.rows).toEqual([{ id: 2 }]);
    expect(second.positions).toEqual(["t.json#/items/1"]);
  });

  it("goes on in a gzip file that was packed again with more in it", async () => {
    const folder = await SourceFolder.create({ "t.csv.gz": gzipSync("id\n1\n") });
    const { cursor } = await folder.readAll("t.csv.gz");
    await folder.write("t.csv.gz", gzipSync("id\n1\n2\n"));
    expect((await folder.readAll("t.csv.gz", { cursor })).rows).toEqual([{ id: "2" }]);
  });

  it("takes a row that had no newline behind it for whole when the file goes on with one", async () => {
    const folder = await SourceFolder.create({ "t.csv": "id\n1" });
    const { cursor } = await folder.readAll("t.csv");
    await appendFile(folder.path("t.csv"), "\n2\n");
    const { rows, positions } = await folder.readAll("t.csv", { cursor });
    expect(rows).toEqual([{ id: "2" }]);
    expect(positions).toEqual(["t.csv:3"]);
  });

  it("calls a file changed whose last row had no newline behind it and has become longer", async () => {
    const folder = await SourceFolder.create({ "t.csv": "id\n1" });
    const { cursor } = await folder.readAll("t.csv");
    await appendFile(folder.path("t.csv"), "2\n");
    await expect(folder.readAll("t.csv", { cursor })).rejects.toMatchObject({ code: "source_changed" });
  });

  it("reads a grown file in the way it was begun, though it would look different now", async () => {
    const folder = await SourceFolder.create({ "t.csv": "a;b\n1;x\n" });
    const { cursor } = await folder.readAll("t.csv");
    await appendFile(folder.path("t.csv"), Array.from({ length: 50 }, () => "1,5;2,5\n").join(""));
    expect((await folder.readAll("t.csv", { cursor })).rows[0]).toEqual({ a: "1,5", b: "2,5" });
  });
});

describe("a file that has changed", () => {
  const changed = async () => {
    const folder = await SourceFolder.create({ "t.csv": "id\n1\n2\n" });
    const { cursor } = await folder.readAll("t.csv");
    await folder.write("t.csv", "id\n9\n2\n");
    return { folder, cursor };
  };

  it("stops an append, and says what can be done", async () => {
    const { folder, cursor } = await changed();
    await expect(folder.readAll("t.csv", { cursor })).rejects.toMatchObject({
      code: "source_changed",
      message: expect.stringMatching(/t\.csv.*--full-refresh.*on_changed/),
    });
  });

  it("is loaded again as a whole in merge, or where that is wanted", async () => {
    const { folder, cursor } = await changed();
    expect((await folder.readAll("t.csv", { cursor, mode: "merge" })).rows).toHaveLength(2);
    expect((await folder.readAll("t.csv", { cursor, on_changed: "reload" })).rows).toHaveLength(2);
    await expect(folder.readAll("t.csv", { cursor, mode: "merge", on_changed: "error" })).rejects.toThrow();
  });

  it("counts as changed when it has become shorter", async () => {
    const { folder, cursor } = await changed();
    await folder.write("t.csv", "id\n1\n");
    await expect(folder.readAll("t.csv", { cursor })).rejects.toMatchObject({ code: "source_changed" });
  });

  it("is found out even when its size and times are as before", async () => {
    const folder = await SourceFolder.create({ "t.csv": "id\n1\n" });
    await folder.age("t.csv");
    const { cursor } = await folder.readAll("t.csv");
    expect(recordsIn(cursor), "so fresh a file must not be known by its times").toEqual([expect.stringMatching(/ -$/)]);
    await folder.write("t.csv", "id\n2\n");
    await folder.age("t.csv");
    await expect(folder.readAll("t.csv", { cursor })).rejects.toMatchObject({ code: "source_changed" });
  });

  it("is not even opened when its size, times and inode are those of a read that came well after its last change", async () => {
    const folder = await SourceFolder.create({ "t.csv": "id\n1\n" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    onTestFinished(() => void vi.useRealTimers());
    const { cursor } = await folder.readAll("t.csv");
    const [record = ""] = recordsIn(cursor);
    const misleading = JSON.stringify(cursor).replace(record.split(" ")[5] as string, "not-that-of-the-file");
    expect(misleading).not.toBe(JSON.stringify(cursor));
    expect((await folder.readAll("t.csv", { cursor: JSON.parse(misleading) })).rows).toEqual([]);
    await folder.write("t.csv", "id\n2\n");
    await expect(folder.readAll("t.csv", { cursor })).rejects.toMatchObject({ code: "source_changed" });
  });

  it("is read whole in replace, whatever the cursor says", async () => {
    const { folder, cursor } = await changed();
    expect((await folder.readAll("t.csv", { cursor, mode: "replace" })).rows).toEqual([{ id: "9" }, { id: "2" }]);
  });

  it("is loaded again when the list that is wanted of it is another", async () => {
    const folder = await SourceFolder.create({ "t.json": '{"a":[{"id":1}],"b":[{"id":2}]}' });
    const { cursor } = await folder.readAll("t.json", { records: "/a" });
    await folder.write("t.json", '{"a":[{"id":1}],"b":[{"id":2}]} ');
    const { rows } = await folder.readAll("t.json", { records: "/b", cursor, on_changed: "reload" });
    expect(rows).toEqual([{ id: 2 }]);
  });

  it("does not count as changed for a new time, a move away and back, or another place on the disk", async () => {
    const folder = await SourceFolder.create({ "t.csv": CSV });
    const { cursor } = await folder.readAll("t.csv");
    await folder.age("t.csv");
    expect((await folder.readAll("t.csv", { cursor })).rows).toEqual([]);
    await rename(folder.path("t.csv"), folder.path("u.csv"));
    await writeFile(folder.path("t.csv"), CSV);
    await rm(folder.path("u.csv"));
    expect((await folder.readAll("t.csv", { cursor })).rows).toEqual([]);
  });
});

describe("a large file whose times prove that it is as it was", () => {
  const middle = async (name: string, content: string | Uint8Array) => {
    const folder = await SourceFolder.create({ [name]: content });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    onTestFinished(() => void vi.useRealTimers());
    const how = { chunkBytes: 64, format: "csv" as const };
    const { rows, batches } = await folder.readAll(name, how);
    const at = Math.floor(batches.length / 2);
    const before = batches.slice(0, at + 1).flatMap(rowsOf).length;
    return { folder, how, rest: rows.slice(before), cursor: throughJson(batches[at]?.cursor) };
  };
  const forged = (cursor: JsonValue | undefined) => {
    const [record = ""] = recordsIn(cursor);
    return JSON.parse(JSON.stringify(cursor).replace(record.split(" ")[5] as string, "another")) as JsonValue;
  };

  it.each([
    ["t.csv", CSV],
    ["t.csv with a byte order mark", `\uFEFF${CSV}`],
  ])("is gone on with in the middle of %s without reading what is before", async (name, content) => {
    const { folder, how, rest, cursor } = await middle(name, content);
    expect((await folder.readAll(name, { ...how, cursor })).rows).toEqual(rest);
    expect((await folder.readAll(name, { ...how, cursor: forged(cursor) })).rows, "nobody looks at it").toEqual(rest);
  });

  it.each([
    ["packed", gzipSync(CSV)],
    ["in another encoding", Buffer.from(`\uFEFF${CSV}`, "utf16le")],
  ])("is read from its beginning where it is %s, as its bytes are not those of its text", async (_, content) => {
    const { folder, how, rest, cursor } = await middle("t", content);
    expect((await folder.readAll("t", { ...how, cursor })).rows).toEqual(rest);
    await expect(folder.readAll("t", { ...how, cursor: forged(cursor) })).rejects.toMatchObject({
      code: "source_changed",
    });
  });

  it("is known by all of its parts once it has grown", async () => {
    const { folder, how, rest, cursor } = await middle("t.csv", CSV);
    const second = await folder.readAll("t.csv", { ...how, cursor });
    const [record = ""] = recordsIn(second.cursor);
    expect(record.split(" "), "two parts, read by two runs").toHaveLength(8);
    await appendFile(folder.path("t.csv"), "40,new\n");
    const third = await folder.readAll("t.csv", { ...how, cursor: second.cursor });
    expect(third.rows).toEqual([{ id: "40", name: "new" }]);
    expect((await folder.readAll("t.csv", { ...how, cursor: third.cursor })).rows).toEqual([]);
    expect(rest.length).toBeGreaterThan(5);
    await folder.write("t.csv", CSV.replace("two\nlines 0", "two\nlines x"));
    await expect(folder.readAll("t.csv", { ...how, cursor: second.cursor })).rejects.toMatchObject({
      code: "source_changed",
    });
  });
});

describe("a state of many files", () => {
  it("takes less than a hundred bytes for each of them", async () => {
    const names = Array.from({ length: 200 }, (_, i) => `in/orders-2026-${String(i).padStart(4, "0")}.csv`);
    const folder = await SourceFolder.create(Object.fromEntries(names.map((name, i) => [name, `id,x\n${i},"a"\n`])));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    onTestFinished(() => void vi.useRealTimers());
    const { rows, cursor } = await folder.readAll("in/*.csv");
    expect(rows).toHaveLength(200);
    expect(JSON.stringify(cursor).length).toBeLessThan(100 * 200);
  });

  it("is read as the first version wrote it", async () => {
    const folder = await SourceFolder.create({ "in/a.csv": "id\n1\n2\n", "in/b.csv": "id\n3\n" });
    const hash = createHash("sha256").update("id\n1\n2\n").digest("base64url");
    const dialect = { format: "csv", delimiter: ",", newline: "\n", header: true };
    const a = { size: 7, offset: 7, hash, rows: 2, place: 3, done: true, dialect, stat: "7:1:2:3" };
    const cursor = { version: 1, files: { "in/a.csv": a } };
    expect(describeFileCursor(cursor)).toBe("line 3 of a.csv");
    const next = await folder.readAll("in/*.csv", { cursor });
    expect(next.rows).toEqual([{ id: "3" }]);
    await folder.write("in/a.csv", "id\n1\n2\n4\n");
    expect((await folder.readAll("in/*.csv", { cursor: next.cursor })).rows).toEqual([{ id: "4" }]);
    const changed = { version: 1, files: { "in/a.csv": { ...a, hash: `x${hash.slice(1)}` } } };
    await expect(folder.readAll("in/*.csv", { cursor: changed })).rejects.toMatchObject({ code: "source_changed" });
  });
});

describe("where a stream goes on, in words", () => {
  it.each([
    ["CSV, by the line", "t.csv", 'id,x\n1,a\nbroken\n\n2,"b\nc"\n3\n', "line 7 of t.csv", "4,d\n"],
    ["CSV whose last line is open", "t.csv", "id,x\n1,a\n2,b", "line 3 of t.csv", "\n3,c\n"],
    ["NDJSON, by the line", "t.ndjson", '{"id":1}\noops\n\n{"id":2}\n', "line 4 of t.ndjson", '{"id":3}\n'],
  ])("is the place that was read last in the file, whatever was rejected: %s", async (_, name, text, place, more) => {
    const folder = await SourceFolder.create({ [name]: text });
    const { cursor } = await folder.readAll(name);
    expect(describeFileCursor(cursor as JsonValue)).toBe(place);
    await appendFile(folder.path(name), more);
    const { positions } = await folder.readAll(name, { cursor });
    expect(positions).toEqual([`${name}:${Number(/\d+/.exec(place)) + 1}`]);
  });

  it("is an item of a JSON list", async () => {
    const folder = await SourceFolder.create({ "t.json": '[{"id":1},7,{"id":2}]' });
    const { cursor } = await folder.readAll("t.json");
    expect(describeFileCursor(cursor as JsonValue)).toBe("item 3 of t.json");
    await folder.write("t.json", '[{"id":1},7,{"id":2},{"id":3}]');
    expect((await folder.readAll("t.json", { cursor })).positions).toEqual(["t.json#/3"]);
  });
});

describe("a state that is not of files", () => {
  it("is refused rather than taken for an empty one, which would load everything twice", async () => {
    const folder = await SourceFolder.create({ "t.csv": "id\n1\n" });
    for (const cursor of ["2024-01-01", { files: {} }, { version: 3, files: {} }]) {
      await expect(folder.readAll("t.csv", { cursor })).rejects.toMatchObject({ code: "connection_invalid" });
    }
  });
});

describe("any history of a file that only grows by whole lines", () => {
  it("ends with every row loaded once, in order", async () => {
    const folder = await SourceFolder.create();
    const steps = fc.array(
      fc.record({ add: fc.integer({ min: 0, max: 5 }), stopAfter: fc.integer({ min: 0, max: 4 }), open: fc.boolean() }),
      { minLength: 1, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 8, max: 50 }), async (history, chunkBytes) => {
        let lines = 0;
        let wasOpen = false;
        let cursor: JsonValue | undefined;
        const loaded: unknown[] = [];
        for (const { add, stopAfter, open } of [...history, { add: 1, stopAfter: 99, open: false }]) {
          lines += add;
          const isOpen: boolean = open && (add > 0 || wasOpen);
          wasOpen = isOpen;
          const text = ["id,x", ...Array.from({ length: lines }, (_, i) => `${i},"a\n${i}"`)].join("\n");
          await folder.write("grow.csv", isOpen ? text : `${text}\n`);
          let batches = 0;
          for await (const batch of folder.read("grow.csv", { cursor, chunkBytes, header: true })) {
            loaded.push(...rowsOf(batch).map((row) => row["id"]));
            cursor = throughJson(batch.cursor);
            if (++batches > stopAfter) break;
          }
        }
        expect(loaded).toEqual(Array.from({ length: lines }, (_, i) => String(i)));
      }),
      { numRuns: 40 },
    );
  });
});
