import type { JsonValue } from "../../core/json.ts";
import type { RecordBatch } from "../define-connector.ts";
import type { PartitionBatch } from "./partition.ts";

/** As the pipeline takes it. */
export function recordBatch({ rows, rejects, bytes }: PartitionBatch, cursor: JsonValue | undefined): RecordBatch {
  return {
    rows,
    ...(rejects.length === 0 ? {} : { rejects }),
    ...(bytes === 0 ? {} : { bytes }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}
