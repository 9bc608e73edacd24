import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { JsonValue } from "../../../src/core/json.ts";
import { rowsOf, SourceFolder, throughJson } from "./source-folder.ts";

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
      message: expect.stringMatching(/t\.csv.*on_changed.*reset/),
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
    expect(JSON.stringify(cursor), "so fresh a file must not be known by its times").not.toContain('"stat"');
    await folder.write("t.csv", "id\n2\n");
    await folder.age("t.csv");
    await expect(folder.readAll("t.csv", { cursor })).rejects.toMatchObject({ code: "source_changed" });
  });

  it("is not even opened when its size, times and inode are those of a read that came well after its last change", async () => {
    const folder = await SourceFolder.create({ "t.csv": "id\n1\n" });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    onTestFinished(() => void vi.useRealTimers());
    const { cursor } = await folder.readAll("t.csv");
    const misleading = JSON.stringify(cursor).replace(/"hash":"[^"]*"/, '"hash":"not that of the file"');
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

describe("a state that is not of files", () => {
  it("is refused rather than taken for an empty one, which would load everything twice", async () => {
    const folder = await SourceFolder.create({ "t.csv": "id\n1\n" });
    for (const cursor of ["2024-01-01", { files: {} }, { version: 2, files: {} }]) {
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
