import { appendFile, mkdir, open, rm, truncate, writeFile } from "node:fs/promises";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { RowBatch } from "../../../src/connector/define-connector.ts";
import { collect, rowsOf, SourceFolder } from "./source-folder.ts";

const CSV = table(500);

/** More than is read before the first row is given out. */
const LONG_CSV = table(6000);

function table(rows: number): string {
  return `id,text\n${Array.from({ length: rows }, (_, i) => `${i},row number ${i}`).join("\n")}\n`;
}

describe("a file that changes while it is read", () => {
  it("is refused when what was read already is written over, however late that happens", async () => {
    const folder = await SourceFolder.create({ "t.csv": LONG_CSV });
    const batches = folder.read("t.csv", { chunkBytes: 1000 });
    await batches.next();
    const handle = await open(folder.path("t.csv"), "r+");
    await handle.write("X", 20);
    await handle.close();
    await expect(collect(batches)).rejects.toMatchObject({ code: "source_changed_while_read" });
  });

  it("is refused when it becomes shorter", async () => {
    const folder = await SourceFolder.create({ "t.csv": LONG_CSV });
    const batches = folder.read("t.csv", { chunkBytes: 1000 });
    await batches.next();
    await truncate(folder.path("t.csv"), 90_000);
    await expect(collect(batches)).rejects.toMatchObject({ code: "source_changed_while_read" });
  });

  it("is refused rather than called broken when the broken part was written meanwhile", async () => {
    const folder = await SourceFolder.create({ "t.csv": LONG_CSV });
    const batches = folder.read("t.csv", { chunkBytes: 1000 });
    await batches.next();
    const handle = await open(folder.path("t.csv"), "r+");
    await handle.write('"', LONG_CSV.lastIndexOf("row"));
    await handle.close();
    await expect(collect(batches)).rejects.toMatchObject({ code: "source_changed_while_read" });
  });

  it("is read up to where it ended at first when it only becomes longer; the next run takes the rest", async () => {
    const cut = LONG_CSV.length - 5;
    const folder = await SourceFolder.create({ "t.csv": LONG_CSV.slice(0, cut) });
    const batches = folder.read("t.csv", { chunkBytes: 1000 });
    const first = await batches.next();
    await appendFile(folder.path("t.csv"), `${LONG_CSV.slice(cut)}6000,last\n`);
    const rest = await collect(batches);
    const next = await folder.readAll("t.csv", { cursor: rest.cursor });
    expect([...rowsOf(first.value as RowBatch), ...rest.rows, ...next.rows].map((row) => row["id"])).toEqual(
      Array.from({ length: 6001 }, (_, i) => String(i)),
    );
  });
});

/** The first file of a zip, up to behind its name, and bytes that are no text. */
function zipOf(name: string): Buffer {
  const header = Buffer.alloc(30);
  header.write("PK\x03\x04", "latin1");
  header.writeUInt16LE(name.length, 26);
  return Buffer.concat([header, Buffer.from(name), Buffer.from([0xff, 0xfe, 0xfd, 0x0a, 0x80])]);
}

describe("a file that is no text", () => {
  const OLE = Buffer.from("d0cf11e0a1b11ae1ff00", "hex");

  it.each([
    ["orders.xlsx", zipOf("[Content_Types].xml"), "it is a spreadsheet, not text. Save each of its sheets as CSV"],
    ["orders.dat", zipOf("xl/workbook.xml"), "it is a spreadsheet, not text. Save each of its sheets as CSV"],
    ["orders.csv", zipOf("orders.csv"), "it is a zip archive, not text. Unpack it"],
    ["orders.zip", Buffer.from("PK\x05\x06\0\0", "latin1"), "it is a zip archive, not text. Unpack it"],
    ["orders.xls", OLE, "it is a spreadsheet, not text. Save each of its sheets as CSV"],
    ["orders", OLE, "it is a document of Microsoft Office, not text. Save each of its sheets as CSV"],
    ["orders.xlsx.gz", gzipSync(zipOf("xl/workbook.xml")), "it is a spreadsheet, not text."],
  ])("is named for what it is, with what to do: %s", async (name, content, message) => {
    const folder = await SourceFolder.create({ [name]: content });
    const refused = { code: "source_format", message: expect.stringContaining(`reading ${name}: ${message}`) };
    await expect(folder.readAll(name)).rejects.toMatchObject(refused);
  });

  it("is named so too where somebody has tried another encoding", async () => {
    const folder = await SourceFolder.create({ "orders.xlsx": zipOf("xl/workbook.xml") });
    const refused = { message: expect.stringContaining("it is a spreadsheet") };
    await expect(folder.readAll("orders.xlsx", { encoding: "windows-1252" })).rejects.toMatchObject(refused);
  });
});

describe("a packed file", () => {
  it.each([
    ["gzip", gzipSync(CSV)],
    ["zstd", zstdCompressSync(CSV)],
  ])("is called truncated when its %s data ends early, wherever that is", async (_, packed) => {
    for (const length of [8, 20, Math.floor(packed.length / 2), packed.length - 1]) {
      const folder = await SourceFolder.create({ "t.csv": packed.subarray(0, length) });
      await expect(folder.readAll("t.csv")).rejects.toMatchObject({
        code: "source_truncated",
        details: { file: "t.csv" },
      });
    }
  });

  it.each([
    ["gzip", gzipSync(CSV.slice(0, 1000)), gzipSync(CSV.slice(1000))],
    ["zstd", zstdCompressSync(CSV.slice(0, 1000)), zstdCompressSync(CSV.slice(1000))],
  ])("is read to the end of its last part when several %s files were put together", async (_, one, other) => {
    const folder = await SourceFolder.create({ "t.csv": Buffer.concat([one, other]) });
    for (const chunkBytes of [10, one.length, 100_000]) {
      expect((await folder.readAll("t.csv", { chunkBytes })).rows).toHaveLength(500);
    }
  });

  it("is called truncated when only its second part ends early", async () => {
    const frame = zstdCompressSync(CSV);
    const folder = await SourceFolder.create({ "t.csv": Buffer.concat([frame, frame.subarray(0, 30)]) });
    await expect(folder.readAll("t.csv")).rejects.toMatchObject({ code: "source_truncated" });
  });

  it("may have skippable zstd frames before, between and after", async () => {
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
    const parts = [
      skippable,
      zstdCompressSync(CSV.slice(0, 99)),
      skippable,
      zstdCompressSync(CSV.slice(99)),
      skippable,
    ];
    const folder = await SourceFolder.create({ "t.csv": Buffer.concat(parts) });
    expect((await folder.readAll("t.csv")).rows).toHaveLength(500);
  });

  it("is called damaged when it is, and when it is not packed as was said", async () => {
    const damaged = gzipSync(CSV);
    damaged.fill(0, 300, 320);
    const folder = await SourceFolder.create({ "t.csv.gz": damaged, "plain.csv": CSV });
    await expect(folder.readAll("t.csv.gz")).rejects.toMatchObject({ code: "source_format" });
    await expect(folder.readAll("plain.csv", { compression: "zstd" })).rejects.toMatchObject({ code: "source_format" });
  });
});

describe("text that is not UTF-8", () => {
  it("is refused with the line and byte, and the option that helps", async () => {
    const folder = await SourceFolder.create({ "t.csv": Buffer.from("id,name\n1,Ada\n2,Ren\xe9\n", "latin1") });
    await expect(folder.readAll("t.csv")).rejects.toMatchObject({
      code: "source_encoding",
      message: expect.stringContaining("encoding"),
      details: { file: "t.csv", line: 3, offset: 19 },
    });
  });

  it("is told from a real replacement character", async () => {
    const bytes = Buffer.concat([Buffer.from("id\n\uFFFD\n"), Buffer.from([0xff, 0x0a])]);
    const folder = await SourceFolder.create({ "t.csv": bytes });
    await expect(folder.readAll("t.csv")).rejects.toMatchObject({ details: { offset: 7, line: 3 } });
  });

  it("is found far into the file too, after rows that were fine", async () => {
    const folder = await SourceFolder.create({
      "t.csv": Buffer.concat([Buffer.from(CSV), Buffer.from([0xc3, 0x28, 10])]),
    });
    const reading = folder.readAll("t.csv", { chunkBytes: 500 });
    await expect(reading).rejects.toMatchObject({ details: { offset: CSV.length, line: 502 } });
  });

  it.each([
    ["windows-1252", "latin1", {}],
    ["utf-16le", "utf16le", {}],
    ["a byte order mark", "utf16le", { mark: "\uFEFF", encoding: undefined }],
  ] as const)("is read as %s says", async (label, encoding, how) => {
    const content = Buffer.from(`${"mark" in how ? how.mark : ""}id,name\n1,René\n`, encoding);
    const folder = await SourceFolder.create({ "t.csv": content });
    const settings = "encoding" in how ? {} : { encoding: label };
    for (const chunkBytes of [1, 1000]) {
      expect((await folder.readAll("t.csv", { ...settings, chunkBytes })).rows).toEqual([{ id: "1", name: "René" }]);
    }
  });

  it("may begin with a UTF-8 byte order mark, which is no part of the first name", async () => {
    const folder = await SourceFolder.create({ "t.csv": "\uFEFFid\n1\n" });
    expect((await folder.readAll("t.csv", { chunkBytes: 1 })).rows).toEqual([{ id: "1" }]);
  });

  it("is named when it looks like UTF-16 without a byte order mark", async () => {
    const folder = await SourceFolder.create({ "t.csv": Buffer.from(CSV, "utf16le") });
    await expect(folder.readAll("t.csv")).rejects.toMatchObject({
      code: "source_encoding",
      message: expect.stringContaining("utf-16le"),
    });
  });

  it("is refused with its byte when it is not in the encoding that was named", async () => {
    const folder = await SourceFolder.create({ "t.csv": Buffer.from([0x69, 0x64, 0x0a, 0x81, 0xff, 0x0a]) });
    await expect(folder.readAll("t.csv", { encoding: "shift_jis" })).rejects.toMatchObject({
      code: "source_encoding",
      details: { offset: expect.any(Number) },
    });
  });
});

describe("what cannot be read", () => {
  it("is named when a path does not exist", async () => {
    const folder = await SourceFolder.create();
    await expect(folder.readAll("nope.csv")).rejects.toMatchObject({
      code: "source_not_found",
      message: expect.stringContaining("nope.csv"),
    });
  });

  it("is no error when a glob matches nothing, but is said: with a warning unless files had been there", async () => {
    const folder = await SourceFolder.create({ "once/a.csv": "id\n1\n" });
    const { cursor } = await folder.readAll("once/*.csv");
    await rm(folder.path("once/a.csv"));
    const said: string[] = [];
    const log = (level: string, message: string) => said.push(`${level}: ${message}`);
    expect((await folder.readAll("in/*.csv", { log })).rows).toEqual([]);
    await folder.readAll("once/*.csv", { log, cursor });
    expect(said).toEqual(["warn: no file matches in/*.csv", "info: no file matches once/*.csv"]);
  });

  it("is named when a path is a folder", async () => {
    const folder = await SourceFolder.create();
    await mkdir(folder.path("in"));
    await expect(folder.readAll("in")).rejects.toMatchObject({
      code: "source_unreadable",
      message: expect.stringContaining("in/*.csv"),
    });
  });

  it("is a record that never ends, not memory that never does", async () => {
    const folder = await SourceFolder.create();
    const piece = Buffer.alloc(8 * 1024 * 1024, "x");
    await writeFile(folder.path("t.csv"), 'id\n1\n"');
    for (let i = 0; i < 9; i++) await appendFile(folder.path("t.csv"), piece);
    await expect(folder.readAll("t.csv")).rejects.toMatchObject({ code: "source_format" });
  });
});

describe("a read that is aborted", () => {
  it("stops before the next block", async () => {
    const folder = await SourceFolder.create({ "t.csv": CSV });
    const stop = new AbortController();
    let rows = 0;
    const reading = async () => {
      for await (const batch of folder.read("t.csv", { chunkBytes: 500, signal: stop.signal })) {
        rows += rowsOf(batch).length;
        stop.abort(new Error("enough"));
      }
    };
    await expect(reading()).rejects.toThrow("enough");
    expect(rows).toBeLessThan(100);
  });

  it("stops while it checks what was loaded", async () => {
    const folder = await SourceFolder.create({ "t.csv": CSV });
    const { cursor } = await folder.readAll("t.csv");
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(folder.readAll("t.csv", { cursor, signal })).rejects.toThrow("enough");
  });
});
