import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SourceFolder } from "../file-source/source-folder.ts";

async function readCsv(content: string | Uint8Array, how: Parameters<SourceFolder["readAll"]>[1] = {}) {
  const folder = await SourceFolder.create({ "data.csv": content });
  return folder.readAll("data.csv", how);
}

describe("CSV", () => {
  it("gives rows under the names of the header, with the line of each", async () => {
    const { rows, positions } = await readCsv("id,name\n1,Ada\n2,Grace\n");
    expect(rows).toEqual([
      { id: "1", name: "Ada" },
      { id: "2", name: "Grace" },
    ]);
    expect(positions).toEqual(["data.csv:2", "data.csv:3"]);
  });

  it("says that its values have no types", async () => {
    const { batches } = await readCsv("id\n1\n");
    expect(batches[0]).toMatchObject({ columns: ["id"], values: [["1"]], untyped: true });
  });

  it("tells an empty field, which is null, from an empty text in quotes", async () => {
    const { rows } = await readCsv('a,b,c\n,"",x\n');
    expect(rows).toEqual([{ a: null, b: "", c: "x" }]);
  });

  it("reads delimiters, newlines and doubled quotes inside quotes, and counts lines through them", async () => {
    const { rows, positions } = await readCsv('a,b\n"x,1","two\nlines"\n"say ""hi""",z\n');
    expect(rows).toEqual([
      { a: "x,1", b: "two\nlines" },
      { a: 'say "hi"', b: "z" },
    ]);
    expect(positions).toEqual(["data.csv:2", "data.csv:4"]);
  });

  it.each([
    ["line feeds", "\n"],
    ["carriage returns and line feeds", "\r\n"],
    ["carriage returns", "\r"],
  ])("ends rows at %s", async (_, newline) => {
    const { rows } = await readCsv(["id,name", '1,"A"', "2,B"].join(newline));
    expect(rows).toEqual([
      { id: "1", name: "A" },
      { id: "2", name: "B" },
    ]);
  });

  it.each([",", ";", "\t", "|"])("finds out that fields are separated by %j", async (delimiter) => {
    const content = [
      ["id", "note"],
      ["1", "a"],
      ["2", "b"],
    ]
      .map((row) => row.join(delimiter))
      .join("\n");
    expect((await readCsv(content)).rows[1]).toEqual({ id: "2", note: "b" });
  });

  it("is not misled by commas in a table with semicolons", async () => {
    const { rows } = await readCsv("id;price;text\n1;1,5;a, b\n2;2,25;c\n");
    expect(rows[0]).toEqual({ id: "1", price: "1,5", text: "a, b" });
  });

  it("numbers the columns where the first row is nothing but numbers", async () => {
    const { rows, positions } = await readCsv("1,2\n3,4\n");
    expect(rows).toEqual([
      { column_1: "1", column_2: "2" },
      { column_1: "3", column_2: "4" },
    ]);
    expect(positions[0]).toBe("data.csv:1");
    expect((await readCsv("1,2\nx,y\n")).rows).toHaveLength(2);
  });

  it("says once that it found no header, unless it was told so", async () => {
    const folder = await SourceFolder.create({ "a.csv": "1,2\n", "b.csv": "3,4\n" });
    const said: string[] = [];
    const log = (_level: string, message: string) => said.push(message);
    await folder.readAll("*.csv", { log });
    await folder.readAll("*.csv", { log, header: false });
    expect(said).toEqual([expect.stringContaining("a.csv seems to have no header row")]);
  });

  it("takes a first row that has the types of the rows below for data", async () => {
    const { rows } = await readCsv("1,Ada,2024-01-02\n2,Grace,2024-01-03\n");
    expect(rows).toHaveLength(2);
  });

  it("takes a first row of texts for names where nothing speaks against it", async () => {
    expect((await readCsv("first,second\nx,y\n")).rows).toEqual([{ first: "x", second: "y" }]);
  });

  it("does as it is told about the header", async () => {
    expect((await readCsv("1,2\n3,4\n", { header: true })).rows).toEqual([{ 1: "3", 2: "4" }]);
    expect((await readCsv("a,b\nc,d\n", { header: false })).rows).toHaveLength(2);
    expect((await readCsv("1,2\n", { header: ["x", "y"] })).rows).toEqual([{ x: "1", y: "2" }]);
  });

  it("gives every column a name of its own", async () => {
    const { rows } = await readCsv("a,a,,a_2, b \n1,2,3,4,5\n");
    expect(rows).toEqual([{ a: "1", a_3: "2", column_3: "3", a_2: "4", b: "5" }]);
  });

  it("rejects rows that have too few or too many fields, and keeps the others", async () => {
    const { rows, rejects } = await readCsv('a,b\n1,2\n3\n"x",5,6\n7,8\n');
    expect(rows.map((row) => row["a"])).toEqual(["1", "7"]);
    expect(rejects).toEqual([
      { position: "data.csv:3", reason: "1 field where there are 2 columns", text: "3", before: 1 },
      { position: "data.csv:4", reason: "3 fields where there are 2 columns", text: '"x",5,6', before: 1 },
    ]);
  });

  it("fills rows that are too short when that is wanted, but never cuts one that is too long", async () => {
    const { rows, rejects } = await readCsv("a,b\n1\n1,2,3\n", { on_ragged: "fill" });
    expect(rows).toEqual([{ a: "1", b: null }]);
    expect(rejects).toHaveLength(1);
  });

  it("rejects a row with text behind a closing quote", async () => {
    const { rows, rejects } = await readCsv('a,b\n"x"y,1\n"p",q\n');
    expect(rows).toEqual([{ a: "p", b: "q" }]);
    expect(rejects).toMatchObject([{ position: "data.csv:2", reason: "text behind a closing quote", text: '"x"y,1' }]);
  });

  it("names the line where a quote opens that is never closed", async () => {
    await expect(readCsv('a,b\n1,2\n3,"open\n4,5\n')).rejects.toMatchObject({
      code: "source_format",
      message: expect.stringContaining("line 3"),
      details: { file: "data.csv", line: 3 },
    });
  });

  it("skips blank lines, but takes one for a null where there is a single column", async () => {
    expect((await readCsv("a,b\n\n1,2\n\n")).rows).toHaveLength(1);
    expect((await readCsv("a\nx\n\ny\n")).rows).toEqual([{ a: "x" }, { a: null }, { a: "y" }]);
  });

  it("makes the texts of null_values null unless they are quoted", async () => {
    const { rows } = await readCsv('a,b,c\nNA,"NA",\n', { null_values: ["NA"] });
    expect(rows).toEqual([{ a: null, b: "NA", c: "" }]);
  });

  it("passes NUL characters on", async () => {
    expect((await readCsv("a,b\nx\0y,1\n")).rows).toEqual([{ a: "x\0y", b: "1" }]);
  });

  it("takes quotes for text when there are none", async () => {
    expect((await readCsv('a,b\n5",6"\n', { quote: "" })).rows).toEqual([{ a: '5"', b: '6"' }]);
  });

  it("gives no rows for an empty file and for a header alone", async () => {
    expect((await readCsv("")).rows).toEqual([]);
    expect((await readCsv("a,b\n")).rows).toEqual([]);
  });

  it("reads any table back as it was written, wherever the blocks are cut", async () => {
    const text = fc.oneof(fc.string({ maxLength: 6 }), fc.string({ unit: "binary", maxLength: 4 }), awkwardText());
    const table = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(fc.option(text), { minLength: width, maxLength: width }), { minLength: 1, maxLength: 12 }),
      );
    const style = fc.record({
      delimiter: fc.constantFrom(",", ";", "\t", "|", "~"),
      quote: fc.constantFrom('"', "'"),
      newline: fc.constantFrom("\n", "\r\n"),
      finalNewline: fc.boolean(),
      chunkBytes: fc.integer({ min: 3, max: 60 }),
    });
    const folder = await SourceFolder.create();
    await fc.assert(
      fc.asyncProperty(table, style, async (rows, { delimiter, quote, newline, finalNewline, chunkBytes }) => {
        const header = (rows[0] as unknown[]).map((_, index) => `c${index}`);
        const lines = [header, ...rows].map((row) => writeRow(row, delimiter, quote));
        await folder.write("t.csv", lines.join(newline) + (finalNewline ? newline : ""));
        const read = await folder.readAll("t.csv", { delimiter, quote, header: true, chunkBytes });
        const isLastBlank = !finalNewline && lines.at(-1) === "";
        const expected = isLastBlank ? rows.slice(0, -1) : rows;
        expect(read.rejects).toEqual([]);
        expect(read.rows.map((row) => header.map((name) => row[name]))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });
});

function awkwardText(): fc.Arbitrary<string> {
  const pieces = fc.constantFrom('"', '""', "'", ",", ";", "\n", "\r\n", "\r", "", " ", "é", "😀", "\t", "|", "\0");
  return fc.array(pieces, { maxLength: 4 }).map((parts) => parts.join(""));
}

function writeRow(row: (string | null)[], delimiter: string, quote: string): string {
  return row
    .map((field) => {
      if (field === null) return "";
      const special = [delimiter, quote, "\n", "\r"].some((mark) => field.includes(mark)) || field === "";
      return special ? quote + field.replaceAll(quote, quote + quote) + quote : field;
    })
    .join(delimiter);
}
