import type { RowBatch, SlicedBatch } from "../../../src/connector/define-connector.ts";
import { lookInto } from "../../../src/connector/sliced-batch.ts";
import { inferColumns } from "../../../src/pipelines/load/inference.ts";
import { type EncodingRules, RowEncoder } from "../../../src/pipelines/load/row-encoder.ts";
import { TableSchema } from "../../../src/pipelines/load/table-schema.ts";

const SAMPLE = 4;
const RUN_ID = "019aa4d0-0000-7000-8000-000000000001";

export interface LoadRules extends Pick<EncodingRules, "drift" | "nul"> {
  declared: Readonly<Record<string, string>>;
}

const USUAL: LoadRules = { drift: "evolve", nul: "reject", declared: {} };

/** What a load makes of batches: once their values have given the columns, all of them are encoded. */
export function encodeAll(batches: readonly (RowBatch | SlicedBatch)[], { declared, ...rules } = USUAL) {
  const schema = new TableSchema();
  inferColumns(schema, batches.map(lookInto), { limit: SAMPLE, mayAdd: true, declared });
  const encoder = new RowEncoder(schema, { ...rules, table: "shop.orders" });
  for (const batch of batches) encoder.encode(batch, RUN_ID);
  const encoded = batches.map((batch) => encoder.encode(batch, RUN_ID));
  const lines = encoded.map(({ copy }) => copy.toString()).join("");
  const rejects = encoded.flatMap((batch) => batch.rejects.map(({ reason, text = "" }) => [reason, JSON.parse(text)]));
  return { columns: schema.store(), lines, rejects, rows: encoded.reduce((sum, { rows }) => sum + rows, 0) };
}
