import fc from "fast-check";
import { expect, test } from "vitest";
import type { RowBatch } from "../../../src/connector/define-connector.ts";
import { createNdjsonParser } from "../../../src/connector/formats/ndjson-parser.ts";
import { inferColumns } from "../../../src/pipelines/load/inference.ts";
import { RowEncoder } from "../../../src/pipelines/load/row-encoder.ts";
import { TableSchema } from "../../../src/pipelines/load/table-schema.ts";

const SAMPLE = 4;

function encodeAll(batches: readonly RowBatch[]) {
  const schema = new TableSchema();
  inferColumns(schema, batches, { limit: SAMPLE, mayAdd: true, declared: {} });
  const encoder = new RowEncoder(schema, { drift: "evolve", nul: "reject", table: "shop.orders" });
  for (const batch of batches) encoder.encode(batch);
  const lines = batches.map((batch) => encoder.encode(batch).copy.toString()).join("");
  return { columns: schema.store(), lines };
}

/** The lines in blocks, as a file's reader hands them to the parser. */
function parsed(lines: readonly string[], size: number): RowBatch[] {
  const parser = createNdjsonParser({ name: "t", place: 0 });
  const batches: RowBatch[] = [];
  for (let at = 0; at < lines.length; at += size) {
    const text = `${lines.slice(at, at + size).join("\n")}\n`;
    const { columns = [], values = [], untyped = false } = parser.parse(Buffer.from(text), 0, false);
    batches.push({ columns, values, untyped });
  }
  return batches;
}

const value = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -10_000, max: 10_000 }).map((cents) => cents / 100),
  fc.constantFrom(null, true, "text", "7", "1.50", "2026-01-02", "a\\b", "", 0, -0, 1e-7, 1e21),
  fc.constantFrom([1], { a: 1.5 }),
);
const row = fc.dictionary(fc.constantFrom("a", "b", "c", "D d"), value, { maxKeys: 4 });

test("rows read from NDJSON become the columns and lines that the same rows as objects become", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 10 }), (rows, size) => {
      const texts = rows.map((fields) => JSON.stringify(fields));
      expect(encodeAll(parsed(texts, size))).toEqual(encodeAll([{ rows: texts.map((text) => JSON.parse(text)) }]));
    }),
    { numRuns: 1000 },
  );
});
