import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row, SlicedRows } from "../../../src/connector/define-connector.ts";
import { createNdjsonParser } from "../../../src/connector/formats/ndjson-parser.ts";
import { inferColumns } from "../../../src/pipelines/load/inference.ts";
import { RowEncoder } from "../../../src/pipelines/load/row-encoder.ts";
import { TableSchema } from "../../../src/pipelines/load/table-schema.ts";

const SAMPLE = 5;
const rules = { drift: "evolve", nul: "reject", table: "shop.orders" } as const;

/** What loading the rows in batches of `size` makes of the columns, and how often they were widened on the way. */
function loadInBatches(rows: readonly Row[], size: number) {
  const schema = new TableSchema();
  const batches = Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => ({
    rows: rows.slice(i * size, (i + 1) * size),
  }));
  inferColumns(schema, batches, { limit: SAMPLE, mayAdd: true, declared: {} });
  const encoder = new RowEncoder(schema, rules);
  let stored = 0;
  let rejected = 0;
  for (const batch of batches) {
    const encoded = encoder.encode(batch);
    stored += encoded.rows;
    rejected += encoded.rejects.length;
    expect(encoded.copy.toString().split("\n").length - 1).toBe(encoded.rows);
  }
  return { columns: schema.store(), stored, rejected };
}

const value = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.bigInt(),
  fc.constantFrom("2026-01-02", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05", "text", "", "7", "a\0", null, undefined),
  fc.constantFrom([1], { a: 1 }, []),
);
const row = fc.dictionary(fc.constantFrom("a", "b", "A b", "a_b", "constructor"), value, { maxKeys: 4 });

/** Rows that are refused before there is a column must leave nothing behind. */
const ONCE_WRONG: [Record<string, unknown>[], number][] = [
  [[{}, { a: "a\0" }, {}, { a: false }], 1],
  [[{}, { a_b: [1], a: "a\0" }, { a_b: 0 }], 1],
];

test("columns, stored rows and rejects do not depend on where batches are cut", () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (rows, size) => {
      expect(loadInBatches(rows, size)).toEqual(loadInBatches(rows, 1000));
    }),
    { numRuns: 500, examples: ONCE_WRONG },
  );
});

test("every line of a batch has as many cells as the table has columns", () => {
  const schema = new TableSchema();
  const encoder = new RowEncoder(schema, rules);
  const encoded = encoder.encode({ rows: [{ a: 1 }, { b: "x" }, { a: "y", c: [1] }] });
  const widths = encoded.copy
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t").length);
  expect(widths).toEqual([3, 3, 3]);
  expect(encoded.columns).toEqual(["a", "b", "c"]);
});

test("a row of nothing but nulls is stored once there are columns, and refused while there are none", () => {
  const schema = new TableSchema();
  const encoder = new RowEncoder(schema, rules);
  expect(encoder.encode({ rows: [{}] }).rejects).toMatchObject([{ reason: "the row has no values" }]);
  encoder.encode({ rows: [{ a: 1 }] });
  expect(encoder.encode({ rows: [{}, { a: null }] })).toMatchObject({ rows: 2, rejects: [] });
});

test("a header without a row's worth of types still gives columns", () => {
  const schema = new TableSchema();
  inferColumns(schema, [{ columns: ["a", "b"], values: [[null, null]], untyped: true }], {
    limit: 5,
    mayAdd: true,
    declared: {},
  });
  expect(schema.store()).toMatchObject([
    { key: "a", type: "text" },
    { key: "b", type: "text" },
  ]);
});

test("declared types win over inferred ones", () => {
  const schema = new TableSchema();
  inferColumns(schema, [{ rows: [{ zip: 12345, price: 1 }] }], {
    limit: 5,
    mayAdd: true,
    declared: { zip: "text", price: "numeric(10,2)" },
  });
  expect(schema.store()).toMatchObject([
    { key: "zip", type: "text" },
    { key: "price", type: "numeric(10,2)" },
  ]);
  expect(() =>
    inferColumns(new TableSchema(), [{ rows: [{ a: 1 }] }], { limit: 5, mayAdd: true, declared: { a: "colour" } }),
  ).toThrow(/"colour" of a is not a type/);
});

test("of several fields that cannot be stored the same one is told, whatever their order in a batch", () => {
  const reasonOf = (row: Row) => {
    const schema = new TableSchema();
    inferColumns(schema, [{ rows: [row] }], { limit: SAMPLE, mayAdd: true, declared: {} });
    return new RowEncoder(schema, rules).encode({ rows: [row] }).rejects[0]?.reason;
  };
  expect(reasonOf({ b: "x\0", a: "\ud800" })).toMatch(/^a holds half of a surrogate pair/);
  expect(reasonOf({ a: "\ud800", b: "x\0" })).toMatch(/^a holds half of a surrogate pair/);
});

test("a refused row of a table whose columns alone are untyped is shown as it is, and told apart from others", () => {
  const encoder = new RowEncoder(new TableSchema(), rules);
  const values = ["ada\0", "bob\0"].map((name) => ["1", name, true]);
  const { rejects } = encoder.encode({ columns: ["id", "name", "ok"], values, untyped: [true, true, false] });
  expect(JSON.parse(rejects[0]?.text ?? "")).toEqual({ id: "1", name: "ada\0", ok: true });
  expect(new Set(rejects.map(({ position }) => position)).size).toBe(2);
});

test("a batch may be encoded again: its bytes are kept until they are given back by whoever has it", () => {
  const parser = createNdjsonParser({ name: "t", place: 0 });
  const { sliced } = parser.parse(Buffer.from('{"a":1}\n'), 0, true) as { sliced: SlicedRows };
  let isReleased = false;
  const release = () => {
    isReleased = true;
  };
  new RowEncoder(new TableSchema(), rules).encode({ sliced: { ...sliced, release } });
  expect(isReleased).toBe(false);
});
