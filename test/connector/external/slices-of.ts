import type { Row, SlicedRows } from "../../../src/connector/define-connector.ts";
import { createNdjsonParser } from "../../../src/connector/formats/ndjson-parser.ts";
import { asRowBatch } from "../../../src/connector/sliced-batch.ts";

/** One after the other they have the same memory, as far as it has been given back. */
export function createSlicer(): (rows: readonly Row[]) => SlicedRows {
  const parser = createNdjsonParser({ name: "t", place: 0 });
  return (rows) => {
    const { sliced } = parser.parse(Buffer.from(rows.map((row) => JSON.stringify(row)).join("\n")), 0, true);
    return sliced as SlicedRows;
  };
}

export function rowsOf(batch: { rows: readonly Row[] } | { sliced: SlicedRows }): readonly Row[] {
  const found = asRowBatch(batch);
  return "rows" in found ? found.rows : [];
}
