import { expect, test } from "vitest";
import type { RowBatch } from "../../../src/connector/define-connector.ts";
import { InferenceWindow } from "../../../src/pipelines/load/inference-window.ts";

/** Rows that are looked at, and batches that are held for it. */
function lookedAt(batches: readonly RowBatch[], wanted?: number): { rows: number; held: number } {
  const window = new InferenceWindow(wanted);
  for (const batch of batches) {
    window.add(batch);
    if (window.isFull) break;
  }
  return { rows: window.rows, held: window.batches.length };
}

const small = Array.from({ length: 1500 }, (_, id) => ({ id, name: `Ada ${id}`, amount: "12.50" }));

test("a thousand rows are looked at, or as many as were asked for, wherever batches are cut", () => {
  expect(lookedAt([{ rows: small }])).toEqual({ rows: 1000, held: 1 });
  expect(lookedAt(small.map((row) => ({ rows: [row] })))).toEqual({ rows: 1000, held: 1000 });
  expect(lookedAt([{ rows: small }], 20)).toEqual({ rows: 20, held: 1 });
});

test("rows of many megabytes are not held back by the hundred, and as many are looked at in every form and cut", () => {
  const body = "x".repeat(5 * 1024 * 1024);
  const rows = Array.from({ length: 8 }, (_, id) => ({ id: 2 ** 40 + id, body }));
  const columns = ["id", "body"];
  const values = rows.map((row) => [String(row.id), row.body]);
  const inList = rows.map(({ id }) => ({ id, parts: [{ body: body.slice(0, 1024 * 1024) }, body.slice(1024 * 1024)] }));
  expect(lookedAt([{ rows }])).toEqual({ rows: 4, held: 1 });
  expect(lookedAt(rows.map((row) => ({ rows: [row] })))).toEqual({ rows: 4, held: 4 });
  expect(lookedAt([{ columns, values, untyped: [true, false] }])).toEqual({ rows: 4, held: 1 });
  expect(lookedAt(values.map((row) => ({ columns, values: [row], untyped: true })))).toEqual({ rows: 4, held: 4 });
  expect(lookedAt(inList.map((row) => ({ rows: [row] })))).toEqual({ rows: 4, held: 4 });
});

test("values that are nested deeper than a stack are measured as well", () => {
  let deep: unknown = "x".repeat(17 * 1024 * 1024);
  for (let level = 0; level < 200_000; level++) deep = [deep];
  expect(lookedAt([{ rows: [{ deep }, { deep: 1 }] }])).toEqual({ rows: 1, held: 1 });
});
