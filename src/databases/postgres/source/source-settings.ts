import type { EventLevel } from "../../../core/events.ts";
import type { JsonObject, JsonValue } from "../../../core/json.ts";
import type { SslMode } from "../client.ts";
import type { RowLead } from "../row-lead.ts";

/** The options of a connection that reads a Postgres; `docs/postgres.md` tells what each does. */
export interface SourceOptions {
  url?: string | undefined;
  host?: string | undefined;
  port?: number | undefined;
  database?: string | undefined;
  username?: string | undefined;
  sslmode?: SslMode | undefined;
  sslrootcert?: string | undefined;
  sslcert?: string | undefined;
  sslkey?: string | undefined;
  connect_timeout?: number | undefined;
  application_name?: string | undefined;
  search_path?: string | undefined;
  target_session_attrs?: SessionAttributes | undefined;
  tables?: readonly string[] | undefined;
  views?: boolean | undefined;
  streams?: Readonly<Record<string, TableSettings>> | undefined;
  queries?: Readonly<Record<string, QuerySettings>> | undefined;
  snapshot?: "stream" | "run" | undefined;
  copy_format?: "binary" | "text" | undefined;
  range_mb?: number | undefined;
  range_readers?: number | undefined;
  statement_timeout_s?: number | undefined;
  lock_timeout_s?: number | undefined;
}

export interface SourceSecrets {
  password?: string | undefined;
  url?: string | undefined;
}

export const SESSION_ATTRIBUTES = ["any", "primary", "standby", "read-write", "read-only"] as const;
/** Which server of several will do, as in libpq. */
export type SessionAttributes = (typeof SESSION_ATTRIBUTES)[number];

/** How far the window of an incremental read is moved. */
interface WindowSettings {
  /** An interval (`2 hours`) or a number: the window begins so much before the cursor. */
  lookback?: string | number | undefined;
  /** An interval: rows younger than that are left to the next run. */
  lag?: string | undefined;
}

export interface TableSettings extends WindowSettings {
  columns?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
  /** Names in the destination by names at the source. */
  rename?: Readonly<Record<string, string>> | undefined;
  /** SQL: which rows. */
  where?: string | undefined;
}

export interface QuerySettings extends WindowSettings {
  sql: string;
  cursor?: string | undefined;
  primary_key?: readonly string[] | undefined;
  /** What `{cursor}` stands for in the first run. */
  start?: string | undefined;
}

/** What reading a Postgres needs of a connector's context. */
export interface SourceContext {
  connection: string;
  options: SourceOptions;
  secrets: SourceSecrets;
  signal: AbortSignal;
  workspace: string;
  log(level: EventLevel, message: string, data?: JsonObject): void;
  defer(cleanup: () => Promise<void> | void): void;
}

/** A column as it is handed to the destination. */
export interface HandedColumn {
  name: string;
  type: string;
  nullable: boolean;
  binary: boolean;
}

/** What reading one stream needs besides. */
export interface StreamContext extends SourceContext {
  stream: string;
  mode: "append" | "replace" | "merge";
  primaryKey: readonly string[];
  cursorField: string | undefined;
  cursor: JsonValue | undefined;
  layout(columns: readonly HandedColumn[]): "values" | "copy_text" | "copy_binary";
  lead?(): RowLead | undefined;
  sideBySide?(): boolean;
  expectReadings?(count: number): void;
}

interface Piece {
  cursor?: JsonValue;
  /** Read from the server. */
  bytes?: number;
}

export interface CopyPiece extends Piece {
  copy: Buffer;
  count: number;
  reading?: number;
  advance?: (committed: JsonValue) => JsonValue;
  led?: boolean;
  /** Gives the buffer back. */
  release?: () => void;
}

export interface ValuesPiece extends Piece {
  columns: readonly string[];
  values: readonly (readonly unknown[])[];
  untyped: readonly boolean[];
}

/** Rows in the form that the destination has asked for. */
export type SourceBatch = CopyPiece | ValuesPiece;
