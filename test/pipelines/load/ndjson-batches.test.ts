import fc from "fast-check";
import { expect, test } from "vitest";
import type { SlicedBatch, SlicedRows } from "../../../src/connector/define-connector.ts";
import { HeldRows } from "../../../src/connector/external/held-rows.ts";
import { RecordRun } from "../../../src/connector/external/record-runs.ts";
import { createNdjsonParser } from "../../../src/connector/formats/ndjson-parser.ts";
import { asRowBatch } from "../../../src/connector/sliced-batch.ts";
import { SINGER, takenRuns } from "../../connector/external/taken-runs.ts";
import { encodeAll } from "./encode-all.ts";

/** The lines in blocks, as a file's reader hands them to the parser. */
function parsed(lines: readonly string[], size: number): SlicedBatch[] {
  const parser = createNdjsonParser({ name: "t", place: 0 });
  const batches: SlicedBatch[] = [];
  for (let at = 0; at < lines.length; at += size) {
    const text = `${lines.slice(at, at + size).join("\n")}\n`;
    const { sliced } = parser.parse(Buffer.from(text), 0, false);
    if (sliced !== undefined) batches.push({ sliced });
  }
  return batches;
}

const value = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -10_000, max: 10_000 }).map((cents) => cents / 100),
  fc.constantFrom(null, true, "text", "7", "1.50", "2026-01-02", "a\\b", "", 0, -0, 1e-7, 1e21),
  fc.constantFrom("é€\u{1f600}", "\0", "\ud800", "\\u0000", 'a"b', "a\tb\nc", "2026-01-02T03:04:05Z", "x".repeat(200)),
  fc.constantFrom([1], { a: 1.5 }, { "\0": ["}"] }, []),
);
const row = fc.dictionary(fc.constantFrom("a", "b", "c", "D d"), value, { maxKeys: 4 });

/** The order in which a row has its fields is not the one in which its shape has them. */
const MISFITS_IN_TWO_ORDERS: [Record<string, unknown>[], number] = [
  [{ c: "2026-01-02T03:04:05Z", a: "2026-01-02T03:04:05Z" }, {}, {}, {}, { a: "\0", c: 0 }, { a: 0, c: 0 }],
  1,
];

test("rows read from NDJSON become the columns and lines that the same rows as objects become", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 10 }), (rows, size) => {
      const texts = rows.map((fields) => JSON.stringify(fields));
      expect(encodeAll(parsed(texts, size))).toEqual(encodeAll([{ rows: texts.map((text) => JSON.parse(text)) }]));
    }),
    { numRuns: 1000, examples: [MISFITS_IN_TWO_ORDERS] },
  );
});

/** The rows as records in messages of a tap, with others among them, so many of which come at once. */
function fromMessages(texts: readonly string[], size: number) {
  const lines = texts.flatMap((text, n) => {
    const record = `{"type": "RECORD", "stream": "a", "record": ${text}, "time_extracted": "${n}"}`;
    const ofOther = `{"type": "RECORD", "stream": "b", "record": ${text}}`;
    return [record, ...(n % 3 === 1 ? [ofOther] : []), ...(n % 5 === 1 ? ['{"type": "STATE", "value": 1}'] : [])];
  });
  const held = new HeldRows();
  for (const run of takenRuns(lines, SINGER, size).given)
    if (run instanceof RecordRun && run.message["stream"] === "a") held.addSlices(run.rows);
  return held.take(1000);
}

test("so do rows from the messages of a program, whatever comes between them", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 10 }), (rows, size) => {
      const texts = rows.map((fields) => JSON.stringify(fields));
      expect(encodeAll(fromMessages(texts, size))).toEqual(
        encodeAll([{ rows: texts.map((text) => JSON.parse(text)) }]),
      );
    }),
    { numRuns: 1000, examples: [MISFITS_IN_TWO_ORDERS] },
  );
});

test("rows keep their bytes until they are given back, and their memory serves others then", () => {
  const parser = createNdjsonParser({ name: "t", place: 0 });
  const parse = (text: string) => parser.parse(Buffer.from(text), 0, false).sliced as SlicedRows;
  parse('{"a":"first"}\n').release();
  const [kept, given] = [parse('{"a":"kept"}\n{"a":"é"}\n'), parse('{"a":"given"}\n')];
  given.release();
  const next = parse('{"a":"next"}\n');
  expect(next.bytes.buffer).toBe(given.bytes.buffer);
  // Given back once more, they are somebody else's.
  given.release();
  expect(parse('{"a":"x"}\n').bytes.buffer).not.toBe(next.bytes.buffer);
  expect(asRowBatch({ sliced: kept })).toMatchObject({ rows: [{ a: "kept" }, { a: "é" }] });
  expect(asRowBatch({ sliced: next })).toMatchObject({ rows: [{ a: "next" }] });
});
