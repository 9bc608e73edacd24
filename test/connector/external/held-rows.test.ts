import fc from "fast-check";
import { expect, test } from "vitest";
import type { Row } from "../../../src/connector/define-connector.ts";
import { HeldRows } from "../../../src/connector/external/held-rows.ts";
import { createSlicer, rowsOf } from "./slices-of.ts";

const MOST = 3;

const row: fc.Arbitrary<Row> = fc.dictionary(
  fc.constantFrom("a", "b", "c"),
  fc.oneof(fc.integer(), fc.string(), fc.constantFrom(null, 'é"\\', 1e21), fc.array(fc.string(), { maxLength: 2 })),
);
/** Pieces as they come: rows one by one, or slices of some rows. */
const piece = fc.record({ isSliced: fc.boolean(), rows: fc.array(row, { minLength: 1, maxLength: 5 }) });

test("rows keep their order and their values in whatever form they come, and batches are not too large", () => {
  fc.assert(
    fc.property(fc.array(piece), fc.nat(60), (pieces, asked) => {
      const [held, sliced] = [new HeldRows(), createSlicer()];
      for (const { isSliced, rows } of pieces) {
        if (isSliced) held.addSlices(sliced(rows));
        else for (const one of rows) held.add(one);
      }
      const all = pieces.flatMap(({ rows }) => rows);
      expect(held.count).toBe(all.length);
      const cut = Math.min(asked, all.length);
      held.cutAt(cut);
      expect(held.count).toBe(cut);
      const batches = held.take(MOST);
      for (const batch of batches) if ("rows" in batch) expect(batch.rows.length).toBeLessThanOrEqual(MOST);
      const found = batches.map(rowsOf);
      expect(found.every(({ length }) => length > 0)).toBe(true);
      expect(found.flat()).toEqual(all.slice(0, cut).map(asJson));
      expect(held.count).toBe(0);
    }),
  );
});

test("slices that come together are a batch, until it is large enough", () => {
  const [held, sliced] = [new HeldRows(), createSlicer()];
  for (let n = 0; n < 2500; n++) held.addSlices(sliced([{ n }]));
  for (let n = 0; n < 3; n++) held.addSlices(sliced([{ n, text: "x".repeat(100_000) }]));
  const counts = held.take(MOST).map((batch) => ("sliced" in batch ? batch.sliced.count : 0));
  expect(counts).toEqual([2000, 500, 2, 1]);
});

function asJson(row: Row): Row {
  return JSON.parse(JSON.stringify(row)) as Row;
}
