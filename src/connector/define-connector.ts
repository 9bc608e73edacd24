import type { z } from "zod";
import type { EventLevel } from "../core/events.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { RowLead } from "../databases/postgres/row-lead.ts";
import type { HttpClient, HttpClientOptions } from "./http/http-client.ts";

/** How rows meet the table. */
export type Mode = "append" | "replace" | "merge";

/**
 * A row as a connector hands it over. Values: null or undefined (no value), boolean, number, bigint, string, Date,
 * Uint8Array, `JSON.rawJSON` (a number whose digits must not change), and plain objects and lists (stored as jsonb).
 */
export type Row = Readonly<Record<string, unknown>>;

/** Something at the source that could not be made into a row. It is stored beside the table and counted. */
export interface Reject {
  /** Where it stands at the source; the same place must give the same text on every read: `orders.csv:1042`. */
  position: string;
  /** Why, in a few words, without values: `9 fields where the header has 10`. */
  reason: string;
  /** The source text, as far as there is one. */
  text?: string;
  /** Rows of the batch that come before it at the source: of all that are rejected the first is told. None unless given. */
  before?: number;
}

interface BatchBase {
  /**
   * The cursor that becomes safe once these rows, and all before them, are stored. The next read of the stream gets it
   * back. Leave it out where no checkpoint may be cut.
   */
  cursor?: JsonValue;
  rejects?: readonly Reject[];
  /** Bytes read from the source for this batch, for progress. */
  bytes?: number;
  /** Where the row of that index stands at the source, as in `Reject.position`. */
  positionOf?: (index: number) => string;
}

/** Rows as objects; keys may differ from row to row. */
export interface RecordBatch extends BatchBase {
  rows: readonly Row[];
}

/** Rows as lists of values under one header: cheaper than objects where the source is a table. */
export interface TableBatch extends BatchBase {
  /** The source's own names, one per value. */
  columns: readonly string[];
  values: readonly (readonly unknown[])[];
  /**
   * The source has no types: every value, or those of the columns marked, is a string or null, and numbers, dates … are
   * recognised from their text. A source that writes numbers as text may mark just those columns: it need not parse them.
   */
  untyped?: boolean | readonly boolean[];
}

/**
 * Rows as another Postgres wrote them, passed on unread: the byte lane. Only in the form that `ctx.layout` has answered,
 * with values in the order of the columns that it was told.
 */
export interface CopyBatch extends BatchBase {
  /** Bytes of COPY; in binary form without the header and the trailer. Whole rows at least where a cursor is given. */
  copy: Buffer;
  /** Rows that end in these bytes. */
  count: number;
  /**
   * Which of several readings these rows come from, where `ctx.sideBySide` allows them. The rows of one are stored in
   * order and by themselves, so that the destination is written to by as many connections as there are readings.
   */
  reading?: number;
  /**
   * In place of `cursor` where readings go on side by side: the stream's cursor once the rows of this reading up to here
   * are stored, made of the cursor that the stream is at by then, which others move as well. Null before the first.
   */
  advance?: (committed: JsonValue) => JsonValue;
  /** Every row begins with what `ctx.lead` has answered. */
  led?: boolean;
  /** Called once the bytes are gone: the buffer may hold others then. Not called if the load fails. */
  release?: () => void;
}

/**
 * Rows of which it is known where each value stands, and nothing has been made of them: what goes into a table as it was
 * written need never be a string. Only readers of files and of programs' messages make such batches; `asRowBatch` is for
 * all who do not mind.
 */
export interface SlicedBatch extends BatchBase {
  sliced: SlicedRows;
}

export interface SlicedRows {
  /** The source's own names, one per value. */
  columns: readonly string[];
  /** Values are text, whatever they mean, as in a batch of a table; else they are JSON, as in one of records. */
  untyped: boolean;
  count: number;
  /** UTF-8. */
  bytes: Buffer;
  /**
   * Two for each value, row by row: where it begins in `bytes`, and behind its end. `ABSENT` where the row has none.
   *
   * A value of JSON is a token: a string without escapes, in its quotes; `true`, `false` or `null`; or a number of at most
   * 15 digits, written as its double would be. From `PARSED` downwards it is one of `parsed`.
   *
   * An untyped one is text. If it has a backslash, tab, newline, return or NUL, it begins at `SPECIAL` less the number.
   */
  bounds: Int32Array;
  /** Values of JSON that had to be looked at: what is nested, strings with escapes, other numbers. */
  parsed: readonly unknown[];
  /** Rows with other fields than `columns`, by their index: their bounds say nothing. */
  records: ReadonlyMap<number, Row>;
  /** Gives the memory back for further rows. Whoever keeps the rows does not call it. */
  release(): void;
}

/** Rows travelling together. A batch is held in memory whole: keep it to a few thousand rows or about a megabyte. */
export type Batch = RowBatch | SlicedBatch | CopyBatch;

/** A batch whose values are looked at one by one. */
export type RowBatch = RecordBatch | TableBatch;

/** A column of a source that has types of its own. */
export interface SourceColumn {
  /** The column's name in the destination too, unless it is taken there. */
  name: string;
  /** A type that the destination knows, as Postgres prints it: `numeric(10,2)`, `text[]`. */
  type: string;
  nullable: boolean;
  /** Whether the source writes it in binary COPY just as the destination reads it. */
  binary: boolean;
}

/** How rows are to be handed over: as values (text or null, with booleans as such), or as bytes of COPY. */
export type RowForm = "values" | "copy_text" | "copy_binary";

export interface ConnectorContext<Options, Secrets> {
  connection: string;
  options: Options;
  secrets: Secrets;
  /** Aborts when the run is cancelled; pass it on to whatever waits. */
  signal: AbortSignal;
  /** The folder that relative paths are meant from. */
  workspace: string;
  /** Says something in the run's event log. Secrets are taken out. */
  log(level: EventLevel, message: string, data?: JsonObject): void;
  /**
   * A client for a service: retries, limits, authentication and events are its business. Clients of one run share
   * connections and limits, so make one wherever it is needed.
   */
  http(options?: HttpClientOptions): Promise<HttpClient>;
  /**
   * Keeps the new value of a secret that the source has replaced. Wait for it before the new value is used: the old one
   * may be worthless already.
   */
  saveSecret(field: string, value: string): Promise<void>;
  /** Called when the run, or whatever the context was made for, is over: the newest first. For what streams share. */
  defer(cleanup: () => Promise<void> | void): void;
}

export interface ReadContext<Options, Secrets> extends ConnectorContext<Options, Secrets> {
  stream: string;
  mode: Mode;
  /** As the connection has it, else as the stream's definition says. */
  primaryKey: readonly string[];
  cursorField: string | undefined;
  /** The cursor of the last commit, or undefined when reading starts from the beginning. */
  cursor: JsonValue | undefined;
  /**
   * Declares the columns of a source that has types of its own, once, before the first batch. The table gets these
   * columns whatever form the rows come in; the answer says in which they are wanted.
   */
  layout(columns: readonly SourceColumn[]): RowForm;
  /** Says that everything is read anew in spite of the cursor, because what was loaded has changed: the report tells. */
  startsOver?(): void;
  /**
   * What the destination would have every row of bytes begin with, once `layout` has asked for bytes: it spares the
   * destination work. A batch whose rows do so is marked as `led`; one that is not is as welcome.
   */
  lead?(): RowLead | undefined;
  /** Whether rows may come from several readings side by side, once `layout` has asked for bytes. */
  sideBySide?(): boolean;
  /** Says that so many readings begin side by side, so that the destination makes ready for the rows of all of them. */
  expectReadings?(count: number): void;
}

export interface StreamDefinition<Options = unknown, Secrets = unknown> {
  name: string;
  description?: string;
  /** The mode when the connection does not choose one. `append` unless given. */
  mode?: Mode;
  primaryKey?: readonly string[];
  cursorField?: string;
  /** The table's name, where the stream's own would not do. */
  table?: string;
  /** What is known beforehand, for people who choose: the columns, and about how many rows there are. */
  columns?: readonly Pick<SourceColumn, "name" | "type" | "nullable">[];
  estimatedRows?: number;
  /**
   * True when rows come in the order of their cursor, so that a checkpoint may be cut after any batch that carries one.
   * False (the default): the cursor counts only once the stream has been read to its end.
   */
  ordered?: boolean;
  /** Where reading goes on from a cursor, in a few words for people: `line 88 of orders.csv`. */
  describeCursor?(cursor: JsonValue): string | undefined;
  /** Reads from `ctx.cursor` on. Yields batches; the last cursor yielded is where the next run continues. */
  read(ctx: ReadContext<Options, Secrets>): AsyncIterable<Batch>;
}

/**
 * What comes from a source whose streams cannot be read one by one: parts of all of them, mixed, with cursors that may
 * stand for several streams at once.
 */
export type JointPart =
  | JointRows
  | JointColumns
  /** What follows is the whole stream, whatever the table holds: the rows that are there go when it is complete. */
  | { kind: "begins_anew"; stream: string }
  /** All rows of the stream have come. What replaces a table may take its place now. */
  | { kind: "complete"; stream: string }
  | JointCursor;

/** Rows of one stream; its own cursor is not looked at. */
export interface JointRows {
  kind: "rows";
  stream: string;
  batch: RowBatch | SlicedBatch;
}

/** The columns of rows that follow: new ones are added and narrower ones widened. */
export interface JointColumns {
  kind: "columns";
  stream: string;
  columns: readonly Pick<SourceColumn, "name" | "type" | "nullable">[];
}

/** What becomes safe once the rows that came before are stored: those of all streams, or of one. */
export interface JointCursor {
  kind: "cursor";
  /** The only stream that it speaks of; all of them unless given. */
  of?: string;
  /** What belongs to no single stream. Stays as it was unless given. */
  global?: JsonObject;
  /** By stream. A stream that is not named keeps its cursor. */
  streams?: Readonly<Record<string, JsonValue>>;
}

/** A stream that is to be read with others. */
export interface JointStream {
  name: string;
  mode: Mode;
  primaryKey: readonly string[];
  cursorField: string | undefined;
  /** The cursor of the last commit, or undefined when reading starts from the beginning. */
  cursor: JsonValue | undefined;
}

export interface JointContext<Options, Secrets> extends ConnectorContext<Options, Secrets> {
  streams: readonly JointStream[];
  /** What the last commit kept that belongs to no single stream. */
  global: JsonObject | undefined;
}

/** What `check` found out. Throw a ConnectorError instead when the connection cannot work. */
export interface CheckReport {
  /** For people: `logged in as ada@example.com`, `3 files, 41 MB`. */
  message: string;
  details?: JsonObject;
  /** What may be a slip though the connection works: `no file matches data/*.csv. Check the option …`. */
  warnings?: readonly string[];
}

/** What the connector's page in `docs/connectors/` says besides options, secrets and streams. Markdown. */
export interface ConnectorGuide {
  /** How to get credentials with the least rights that suffice, step by step. */
  credentials: string;
  /** What the service allows, and how it is kept to. */
  limits: string;
  /** What becomes of rows that are deleted at the source. */
  deletes: string;
  /** What streams there are, where that depends on the source: in place of a table of them. */
  streams?: string;
  /** Anything else that a user would stumble over. */
  notes?: string;
  /** Options of a usual connection: they must be valid. */
  example: JsonObject;
}

/** A login by which a person lets Sluice in: OAuth 2, the authorisation code grant with PKCE. */
export interface OAuthLogin {
  authorizeUrl: string;
  tokenUrl: string;
  clientId: string;
  /** Left out where the client is public. */
  clientSecret?: string;
  scope: string;
  /** Further parameters of the authorisation, as `access_type`. */
  params?: Readonly<Record<string, string>>;
  /** How the client says who it is to the token endpoint. `body` unless given. */
  clientAuth?: "body" | "basic";
  /** The secret that gets the refresh token. */
  secret: string;
}

/** What can only be known once a connection is begun: the fields of the config of a program that it names. */
export interface LateFields {
  /** Of the option's value. */
  fields: z.ZodObject;
  /** As the connector's own, with what has been found out. */
  secrets: z.ZodObject;
}

export interface LateOption<Options, Secrets> {
  /** The option: an object that may be left out until its fields are known. */
  option: string;
  /** Finds out. May take as long as installing a program does. */
  ask(ctx: ConnectorContext<Options, Secrets>): Promise<LateFields>;
}

/** A secret that a connection cannot do without. */
export interface NeededSecret {
  secret: string;
  /** Secrets any of which would do in its place. */
  or?: readonly string[];
  /** What else would do, for people: "the option `anonymous`". */
  instead?: string;
}

export interface ConnectorDefinition<O extends z.ZodObject = z.ZodObject, S extends z.ZodObject = z.ZodObject> {
  /** The file's name without its ending, and the `type` of its connections. */
  name: string;
  title: string;
  description: string;
  /** A strict zod object; every field described. */
  options: O;
  /** A strict zod object of strings; every value is redacted wherever it would show. */
  secrets: S;
  /** Secrets that the schema lets be left out, and that these options make necessary. */
  neededSecrets?(options: z.output<O>): readonly NeededSecret[];
  /** Proves that the connection can work, cheaply and without changing anything. */
  check(ctx: ConnectorContext<z.output<O>, z.output<S>>): Promise<CheckReport>;
  guide?: ConnectorGuide;
  /** How `sluice connections login` gets a refresh token. Secrets that are not set yet are undefined. */
  login?(ctx: { options: z.output<O>; secrets: Readonly<Record<string, string | undefined>> }): OAuthLogin;
  /** An option whose fields only the source can say. Forms ask for it before they show them. */
  late?: LateOption<z.output<O>, z.output<S>>;
  /** The streams, or how to find them. */
  streams:
    | readonly StreamDefinition<z.output<O>, z.output<S>>[]
    | ((
        ctx: ConnectorContext<z.output<O>, z.output<S>>,
      ) => Promise<readonly StreamDefinition<z.output<O>, z.output<S>>[]>);
  /**
   * Reads the chosen streams at once, where the source gives them mixed and its cursors stand for several of them. Loads
   * use this in place of the streams' own `read`, which is for looking at single ones. Ends when all has been read.
   */
  readJointly?(ctx: JointContext<z.output<O>, z.output<S>>): AsyncIterable<JointPart>;
}

/** A connector whatever its options: what the registry hands out. */
export type Connector = ConnectorDefinition;

/** Declares a connector: the default export of a file in `connectors/`. */
export function defineConnector<O extends z.ZodObject, S extends z.ZodObject>(
  definition: ConnectorDefinition<O, S>,
): ConnectorDefinition<O, S> {
  return definition;
}
