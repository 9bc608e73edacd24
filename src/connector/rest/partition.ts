import type { Reject, Row } from "../define-connector.ts";
import type { CursorRules } from "./cursor-rules.ts";
import type { PartitionState } from "./partition-state.ts";
import type { OnIgnored } from "./read-pages.ts";
import type { RestSource, RestStream } from "./rest-stream.ts";
import type { Shaper } from "./shape-records.ts";
import type { CursorOptions } from "./stream-options.ts";
import type { TemplateValues } from "./template.ts";

/** A stream, or the part of it that belongs to one parent. */
export interface Partition {
  source: RestSource;
  stream: RestStream;
  /** For the places of the stream. */
  values: TemplateValues;
  shaper: Shaper;
  state: PartitionState | undefined;
  onIgnored: OnIgnored;
}

export interface PartitionBatch {
  rows: readonly Row[];
  rejects: readonly Reject[];
  bytes: number;
  /** Safe once these rows and all before them are stored. */
  state?: PartitionState;
}

/** A partition that is read by a cursor. */
export interface CursorReading {
  partition: Partition;
  cursor: CursorOptions;
  rules: CursorRules;
}
