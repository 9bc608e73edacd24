import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SourceFolder } from "../file-source/source-folder.ts";
import { exactText, jsonRecords, sortedText } from "./json-text.ts";

async function readLines(content: string, how: Parameters<SourceFolder["readAll"]>[1] = {}) {
  const folder = await SourceFolder.create({ "data.ndjson": content });
  return folder.readAll("data.ndjson", how);
}

describe("NDJSON", () => {
  it("gives an object a line, with its line", async () => {
    const { rows, positions } = await readLines('{"a":1}\r\n\n{"b":[null]}');
    expect(rows).toEqual([{ a: 1 }, { b: [null] }]);
    expect(positions).toEqual(["data.ndjson:1", "data.ndjson:3"]);
  });

  it("rejects a broken line with its text and goes on behind it", async () => {
    const { rows, rejects } = await readLines('{"a":1}\n{"a":\n{"a":3}\n');
    expect(rows).toEqual([{ a: 1 }, { a: 3 }]);
    expect(rejects).toEqual([{ position: "data.ndjson:2", reason: "not valid JSON", text: '{"a":', before: 1 }]);
  });

  it("rejects what is not an object", async () => {
    const { rejects } = await readLines('1\n"x"\nnull\n[{}]\n{"a":1}\n');
    expect(rejects.map((reject) => reject.reason)).toEqual([
      "not an object but a number",
      "not an object but a string",
      "not an object but null",
      "not an object but a list",
    ]);
  });

  it("keeps all digits of numbers that a double cannot hold, and only of those", async () => {
    const { rows } = await readLines('{"a":9007199254740993,"b":1.5,"c":"9007199254740993"}\n{"a":0.1}\n');
    expect(JSON.stringify(rows[0])).toBe('{"a":9007199254740993,"b":1.5,"c":"9007199254740993"}');
    expect(rows[0]?.["b"]).toBe(1.5);
    expect(rows[1]).toEqual({ a: 0.1 });
  });

  it("takes the last of two values under one key, and __proto__ for a key like others", async () => {
    const { rows } = await readLines('{"a":1,"a":2,"__proto__":{"x":1}}\n');
    expect(Object.entries(rows[0] ?? {})).toEqual([
      ["a", 2],
      ["__proto__", { x: 1 }],
    ]);
    expect((rows[0] as { x?: number }).x).toBeUndefined();
  });

  it("names the line and byte of what is not UTF-8", async () => {
    const folder = await SourceFolder.create({ "x.ndjson": Buffer.from('{"a":1}\n{"a":"\xe9"}\n', "latin1") });
    await expect(folder.readAll("x.ndjson")).rejects.toMatchObject({
      code: "source_encoding",
      details: { file: "x.ndjson", line: 2, offset: 14 },
    });
  });

  it("reads any records back as they were written, wherever the blocks are cut", async () => {
    const folder = await SourceFolder.create();
    await fc.assert(
      fc.asyncProperty(jsonRecords(), fc.integer({ min: 3, max: 90 }), async (records, chunkBytes) => {
        await folder.write("t.ndjson", records.map((record) => `${record}\n`).join(""));
        const { rows } = await folder.readAll("t.ndjson", { chunkBytes });
        expect(rows.map(sortedText)).toEqual(records.map(exactText));
      }),
      { numRuns: 60 },
    );
  });

  it("takes for a row exactly what JSON takes for an object, however a line is mistaken", async () => {
    const folder = await SourceFolder.create();
    await fc.assert(
      fc.asyncProperty(fc.array(mistakenLine(), { minLength: 1, maxLength: 12 }), async (lines) => {
        await folder.write("t.ndjson", lines.join("\n"));
        const { rows, rejects } = await folder.readAll("t.ndjson");
        const expected = lines.map(objectOf);
        expect(rows.map(comparable)).toEqual(expected.filter((row) => row !== undefined).map(comparable));
        const broken = lines.filter((line, i) => expected[i] === undefined && line.trim() !== "");
        expect(rejects.map((reject) => reject.text)).toEqual(broken);
      }),
      { numRuns: 400 },
    );
  });

  it("reads files whose every line has other fields", async () => {
    const lines = Array.from({ length: 500 }, (_, i) => ({ id: i, [`field_${i}`]: `${i}` }));
    const { rows } = await readLines(lines.map((line) => JSON.stringify(line)).join("\n"));
    expect(rows).toEqual(lines);
  });
});

/** Lines of one shape in several spellings, most of them with a character put in, taken out or changed. */
function mistakenLine(): fc.Arbitrary<string> {
  const value = fc.oneof(
    fc.constantFrom(
      '"x"',
      '""',
      '"a\\"b"',
      "true",
      "false",
      "null",
      "0",
      "-0",
      "1.5",
      "0.10",
      "-12",
      "1e3",
      "[1]",
      "{}",
      '"é€"',
    ),
    fc.integer({ min: -99_999, max: 99_999 }).map(String),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1000, max: 1000 }).map((number) => number.toFixed(3)),
  );
  const fields = fc.subarray(["id", "name", "ok", "n"], { minLength: 1 });
  const colon = fc.constantFrom(":", ":", ": ", " :");
  const comma = fc.constantFrom(",", ",", ", ", " ,");
  const line = fc
    .tuple(fields, fc.array(value, { minLength: 4, maxLength: 4 }), colon, comma)
    .map(([names, values, c, s]) => {
      return `{${names.map((name, i) => `"${name}"${c}${values[i]}`).join(s)}}`;
    });
  const edit = fc.tuple(
    fc.nat(60),
    fc.constantFrom("", '"', "\\", ",", "}", "{", " ", "\t", "0", ".", "-", "x", "\u0001", "e"),
    fc.nat(1),
  );
  const edited = fc.tuple(line, edit).map(([text, [at, put, cut]]) => text.slice(0, at) + put + text.slice(at + cut));
  return fc.oneof(line, edited);
}

/** Numbers that were kept as text as `JSON.parse` gives them, and zero without a sign. */
function comparable(row: Record<string, unknown>): Record<string, unknown> {
  const plain = (value: unknown) => {
    const number = typeof value === "number" ? value : Number((value as { rawJSON?: string } | null)?.rawJSON);
    return Number.isNaN(number) ? value : number + 0;
  };
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
}

function objectOf(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
