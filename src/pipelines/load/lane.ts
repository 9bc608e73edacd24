import type { JsonValue } from "../../core/json.ts";
import type { RowCounts } from "../../databases/postgres/row-counts.ts";
import type { EncodedBatch } from "./row-encoder.ts";

/** One way for rows to get into the target table. A stream uses one lane from its start to its end. */
export interface Lane {
  /** For events: `copy`, `staging` or `rebuild`. */
  readonly name: string;
  /** The columns have changed: what is written next has them. Nothing that was written before is lost. */
  adapt(): Promise<void>;
  write(batch: EncodedBatch): Promise<void>;
  /** Makes all that was written, and the cursor, visible in one transaction. */
  commit(cursor: JsonValue): Promise<RowCounts>;
  /** Gives up what has not been committed, and clears away what the lane itself needed. Never throws. */
  abandon(): Promise<void>;
}
