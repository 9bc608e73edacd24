import type { Batch, Mode, ReadContext } from "../../connector/define-connector.ts";
import type { SluiceError } from "../../core/errors.ts";
import type { EventData, StreamOutcome } from "../../core/events.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { RowCounts } from "../../databases/postgres/row-counts.ts";

/** What happens when rows no longer fit the table's columns. */
export type DriftPolicy = "evolve" | "warn" | "discard" | "freeze";

/** One stream to be loaded, with everything about it decided. */
export interface StreamPlan {
  stream: string;
  /** The connection's name, where people are told what to change. */
  connection?: string;
  /** The schema that the table lives in. */
  namespace: string;
  /** The table's name; made from the stream's unless given. */
  table?: string;
  mode: Mode;
  /** The source's own field names. */
  primary_key: readonly string[];
  cursor_field?: string;
  /** Every batch carries a cursor that is safe once the batch is stored. */
  ordered: boolean;
  /** Start from nothing and put the result in the table's place at the end. */
  full_refresh: boolean;
  drift: DriftPolicy;
  /** Rows that may be set aside in one run before the stream fails. */
  max_rejects: number;
  /** Add `_sluice_loaded_at` and `_sluice_run_id` to the table. */
  metadata: boolean;
  /** What becomes of NUL characters, which Postgres text cannot hold. */
  nul: "reject" | "replace";
  /** Of `merge`: the field whose greater value is the newer version of a row. */
  version_field?: string;
  /** Of `merge`: the field that marks a row as deleted. */
  deleted_field?: string;
  /** Whether rows marked as deleted leave the table; `hard` unless given. */
  deletes?: "hard" | "soft";
  /** Of `merge`: every version of a row is kept, with the times between which it was current. */
  keep_history?: boolean;
  /** Lists of objects become rows of tables of their own; else they are values of type jsonb. */
  nested?: "tables";
  /** How a whole table is replaced: what may be done without loss, unless given. */
  replace_by?: "swap" | "rewrite" | "truncate";
  /** Patience with locks on the target. */
  lock_timeout_ms?: number;
  /** Rows from which the first types are inferred. */
  inference_rows?: number;
  /** A checkpoint is due after so many bytes of COPY text, or so many milliseconds. */
  checkpoint_bytes?: number;
  checkpoint_ms?: number;
  /** Column types that the user has declared, by source field. */
  columns?: Readonly<Record<string, string>>;
  /** Where reading goes on from a cursor, in a few words for people. */
  describeCursor?(cursor: JsonValue): string | undefined;
  read(start: ReadStart): AsyncIterable<Batch>;
  /** Throws when the run must not commit any more, for example because its event log cannot be written. */
  mayCommit(): void;
}

/** What the pipeline tells the source of a read that begins. */
export type ReadStart = Pick<
  ReadContext<unknown, unknown>,
  | "cursor"
  | "mode"
  | "signal"
  | "primaryKey"
  | "cursorField"
  | "layout"
  | "lead"
  | "sideBySide"
  | "expectReadings"
  | "startsOver"
>;

export type SchemaChange = EventData<"schema.change">;

export interface StreamResult {
  stream: string;
  /** `namespace.table`, unquoted, for people. */
  table: string;
  mode: Mode;
  outcome: StreamOutcome;
  rows_read: number;
  /** Rows that the destination has acknowledged. */
  rows_written: number;
  inserted: number;
  updated: number;
  unchanged: number;
  deleted: number;
  rejected: number;
  bytes: number;
  duration_ms: number;
  /** The cursor that the source was asked to go on from; null when it was read from its beginning. */
  continued_from: JsonValue;
  /** The same in a few words for people. */
  continued_at: string | null;
  cursor_before: JsonValue;
  cursor_after: JsonValue;
  /** Rows of the tables that lists in the stream's rows have become, by `namespace.table`. */
  child_tables?: Record<string, RowCounts>;
  error?: SluiceError;
  schema_changes: SchemaChange[];
  /** Tables that were not there before, by `namespace.table`: their columns are no change of them. */
  new_tables: string[];
}

/** A connection's state in the form that config.json mirrors. */
export interface StateMirror {
  version: 1;
  /** The sum of the revisions of all the connection's rows in the destination: it grows by one with every commit. */
  revision: number;
  destination_id: string | null;
  global: JsonObject;
  streams: Record<string, { cursor: JsonValue }>;
}
