import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SourceFolder } from "../file-source/source-folder.ts";
import { exactText, jsonRecords } from "./json-text.ts";

async function readJson(content: string, how: Parameters<SourceFolder["readAll"]>[1] = {}) {
  const folder = await SourceFolder.create({ "data.json": content });
  return folder.readAll("data.json", how);
}

describe("JSON", () => {
  it("gives the items of a list, with the place of each", async () => {
    const { rows, positions } = await readJson('[{"a":1},\n {"a":2}]\n');
    expect(rows).toEqual([{ a: 1 }, { a: 2 }]);
    expect(positions).toEqual(["data.json#/0", "data.json#/1"]);
  });

  it("finds the only list of objects of a document", async () => {
    const { rows, positions } = await readJson('{"bbox":[1,2],"n":{"x":[{}]},"features":[{"a":1},{"a":2}],"tail":{}}');
    expect(rows).toEqual([{ a: 1 }, { a: 2 }]);
    expect(positions[1]).toBe("data.json#/features/1");
  });

  it("takes an empty list for the records where it is the only list", async () => {
    expect((await readJson('{"count":0,"results":[]}')).rows).toEqual([]);
  });

  it("asks which of several lists is meant", async () => {
    await expect(readJson('{"a":[{}],"b":[{}]}')).rejects.toMatchObject({
      code: "source_format",
      details: { lists: ["/a", "/b"] },
    });
  });

  it("reads the list that `records` names, however its keys are written and whatever else has them", async () => {
    const content = '{"x":{"items":[{"no":1}]},"d\\u0061ta":{"more":[{"no":2}],"it/ems":[{"a":1}]}}';
    expect((await readJson(content, { records: "/data/it~1ems" })).rows).toEqual([{ a: 1 }]);
  });

  it("does not find a key in the objects beside those that the pointer leads through", async () => {
    const content = '{"a":{"x":1},"c":{"b":[{"wrong":true}]}}';
    await expect(readJson(content, { records: "/a/b" })).rejects.toMatchObject({
      code: "source_format",
      message: expect.stringContaining("/a/b"),
    });
  });

  it("takes a document without a list for one record", async () => {
    expect((await readJson('{"id":1,"tags":["x"]}')).rows).toEqual([{ id: 1, tags: ["x"] }]);
    expect((await readJson('{"id":1,"items":[{}]}', { records: "" })).rows).toEqual([{ id: 1, items: [{}] }]);
  });

  it("notices one object a line in a file called .json", async () => {
    expect((await readJson('{"a":1}\n{"a":2}\n')).rows).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it("rejects items that are not objects", async () => {
    const { rows, rejects } = await readJson('[1,{"a":1},[2],"x]"]');
    expect(rows).toEqual([{ a: 1 }]);
    expect(rejects.map(({ position, text }) => [position, text])).toEqual([
      ["data.json#/0", "1"],
      ["data.json#/2", "[2]"],
      ["data.json#/3", '"x]"'],
    ]);
  });

  it.each([
    ["a comma too many", '[{"a":1},,{"a":2}]'],
    ["a comma at the end", '[{"a":1},]'],
    ["a comma at the beginning", '[,{"a":1}]'],
    ["a missing comma", '[{"a":1}{"a":2}]'],
    ["a wrong bracket", '[{"a":1}}'],
    ["text behind the end", '[{"a":1}] [{"a":2}]'],
    ["a broken item", '[{"a":1},{"a":x}]'],
    ["a number alone", "12"],
  ])("refuses %s, wherever the blocks are cut", async (_, content) => {
    for (const chunkBytes of [1, 3, 7, 1000]) {
      await expect(readJson(content, { format: "json", chunkBytes })).rejects.toMatchObject({ code: "source_format" });
    }
  });

  it.each(['[{"a":1}', '[{"a":1},{"a"', '{"x":[{"a":1}]', '{"x":[{"a":"', '{"x":'])(
    "calls %s truncated, wherever the blocks are cut",
    async (content) => {
      for (const chunkBytes of [1, 5, 1000]) {
        const reading = readJson(content, { format: "json", records: content.startsWith("[") ? "" : "/x", chunkBytes });
        await expect(reading).rejects.toMatchObject({ code: "source_truncated" });
      }
    },
  );

  it("gives no rows for an empty file", async () => {
    expect((await readJson("")).rows).toEqual([]);
    expect((await readJson(" \n", { records: "/x" })).rows).toEqual([]);
  });

  it("reads any records back as they were written, wherever the blocks are cut", async () => {
    const folder = await SourceFolder.create();
    const frame = fc.constantFrom(
      ["", ""],
      ['{"a]":"[{","x":', ',"z":[1,{"x":[]}]}'],
      ['{"b\\"]":"\\\\","c":{"x":"\\"]"},"x":', "}"],
    );
    const blank = fc.constantFrom("", " ", "\n", "\r\n  ");
    await fc.assert(
      fc.asyncProperty(
        jsonRecords(),
        frame,
        blank,
        fc.integer({ min: 3, max: 90 }),
        async (records, [before = "", after = ""], space, chunkBytes) => {
          const list = `[${space}${records.join(`${space},${space}`)}${space}]${space}`;
          await folder.write("t.json", before + list + after);
          const { rows } = await folder.readAll("t.json", { format: "json", records: before && "/x", chunkBytes });
          expect(rows.map((row) => exactText(JSON.stringify(row)))).toEqual(records.map(exactText));
        },
      ),
      { numRuns: 60 },
    );
  });
});
