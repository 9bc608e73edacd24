import type { RowCounts } from "../../databases/postgres/row-counts.ts";
import type { EncodedBatch } from "./row-encoder.ts";

/** As events tell it. */
export type LaneName = "copy" | "staging" | "rebuild" | "truncate";

/**
 * One way for rows to get into the target table. A stream uses one lane from its start to its end. A checkpoint is
 * `finish`, then inside of one transaction `store` and `clear`, then the commit with the cursor, then `committed`.
 */
export interface Lane {
  /** The columns have changed: what is written next has them. Nothing that was written before is lost. */
  adapt(): Promise<void>;
  write(batch: EncodedBatch): Promise<void>;
  /** Ends the COPY in progress, so that the connection is free for other statements. */
  finish(): Promise<void>;
  /** Puts all that was written into the target. */
  store(): Promise<StoredCounts>;
  /** Takes away what was needed on the way there. */
  clear(): Promise<void>;
  /** What was stored can be seen by everybody now. */
  committed(): void;
  /** Gives up what has not been committed, and clears away what the lane itself needed. Never throws. */
  abandon(): Promise<void>;
}

export interface StoredCounts extends RowCounts {
  /** Rows of child tables, by `namespace.table`. */
  children?: Readonly<Record<string, RowCounts>>;
}
