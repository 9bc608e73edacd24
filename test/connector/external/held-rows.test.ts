import fc from "fast-check";
import { expect, test } from "vitest";
import { type HeldBatch, HeldRows } from "../../../src/connector/external/held-rows.ts";

const MOST = 3;

function numbersOf(batches: readonly HeldBatch[]): number[] {
  return batches.flatMap((batch) =>
    "rows" in batch ? batch.rows.map((row) => row["n"] as number) : batch.values.map(([n]) => n as number),
  );
}

/** Pieces as they come: a row, or a table of some rows under one of two headers. */
const piece = fc.oneof(
  fc.constant("row" as const),
  fc.record({ size: fc.integer({ min: 1, max: 5 }), header: fc.constantFrom(["n"], ["n", "m"]) }),
);

test("rows keep their order in whatever form they come, in batches that are not too large", () => {
  fc.assert(
    fc.property(fc.array(piece), fc.nat(60), (pieces, asked) => {
      const held = new HeldRows();
      let next = 0;
      for (const it of pieces) {
        if (it === "row") held.add({ n: next++ });
        else held.addTable({ columns: it.header, values: Array.from({ length: it.size }, () => [next++]) });
      }
      expect(held.count).toBe(next);
      const cut = Math.min(asked, next);
      held.cutAt(cut);
      expect(held.count).toBe(cut);
      const batches = held.take(MOST);
      expect(numbersOf(batches)).toEqual(Array.from({ length: cut }, (_, n) => n));
      for (const batch of batches) {
        const { length } = "rows" in batch ? batch.rows : batch.values;
        expect(length).toBeGreaterThan(0);
        expect(length).toBeLessThanOrEqual(MOST);
      }
      expect(held.count).toBe(0);
    }),
  );
});
