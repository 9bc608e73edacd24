import { defineConnector, postgresSource, SESSION_ATTRIBUTES, SSL_MODES, z } from "sluice/connector";

const name = z.string().min(1);
const names = z.array(name);

const lookback = z
  .union([name, z.number().positive()])
  .optional()
  .describe("How far before the cursor a read begins, as an interval such as 2 hours, or a number. Needs merge.");
const lag = name
  .optional()
  .describe(
    "Rows younger than this interval, such as 5 minutes, are left to the next run: they may not all be there yet.",
  );

const tableSettings = z.strictObject({
  columns: names.min(1).optional().describe("The columns to read. All unless given."),
  exclude: names.optional().describe("Columns to leave out."),
  rename: z.record(name, name).optional().describe("Names in the destination, by the columns' names at the source."),
  where: name.optional().describe("SQL that says which rows: deleted_at is null."),
  lookback,
  lag,
});

const querySettings = z.strictObject({
  sql: name.describe("One select. {cursor} stands for the value of the cursor that the last run came to."),
  cursor: name.optional().describe("The column of the result by which new rows are recognised."),
  primary_key: names.min(1).optional().describe("The columns of the result that tell rows apart; merge needs them."),
  start: name.optional().describe("What {cursor} stands for in the first run. The least value of the column's type."),
  lookback,
  lag,
});

const options = z.strictObject({
  url: name
    .optional()
    .describe("postgresql://username@host:5432/database?sslmode=require, in place of the fields. Without a password."),
  host: name.optional().describe("Name or address of the server, or the folder of its socket. Several with commas."),
  port: z.int().min(1).max(65_535).optional().describe("5432 unless given."),
  database: name.optional().describe("The database to read."),
  username: name.optional().describe("The role to log in as. It needs to read, nothing more."),
  sslmode: z.enum(SSL_MODES).optional().describe("As in libpq; prefer unless given. verify-full is the safe one."),
  sslrootcert: name.optional().describe("PEM file of the certificates to trust. The system's unless given."),
  sslcert: name.optional().describe("PEM file of a certificate to log in with."),
  sslkey: name.optional().describe("PEM file of its key. The certificate's own file unless given."),
  connect_timeout: z.number().positive().max(3600).optional().describe("Seconds for connecting. 10 unless given."),
  application_name: name.optional().describe("What pg_stat_activity shows. `sluice` and the connection's name."),
  search_path: name.optional().describe("Schemas where queries find tables that they do not qualify: sales, public."),
  target_session_attrs: z
    .enum(SESSION_ATTRIBUTES)
    .optional()
    .describe("Which of several hosts will do: the first that is this."),
  tables: names
    .optional()
    .describe(
      "Tables as schema.table, with * and ? and, to leave some out, ! in front. All that can be read unless given.",
    ),
  views: z.boolean().optional().describe("Whether patterns mean views as well. A name always means what has it."),
  streams: z.record(name, tableSettings).optional().describe("Settings of single tables, by schema.table."),
  queries: z
    .record(
      z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, "must be lower-case letters, digits and underscores"),
      querySettings,
    )
    .optional()
    .describe("Queries to load as streams, by the stream's name."),
  snapshot: z
    .enum(["stream", "run"])
    .optional()
    .describe("Whether each stream is read as of its own beginning (stream) or all as of one moment (run)."),
  copy_format: z.enum(["binary", "text"]).optional().describe("How rows travel. binary unless given."),
  range_mb: z
    .number()
    .positive()
    .optional()
    .describe("Megabytes of a big table read as one range, behind which a checkpoint may be made. 64 unless given."),
  range_readers: z
    .int()
    .min(1)
    .max(16)
    .optional()
    .describe("Ranges of a big table that are read at once, each over a connection of its own. 2 unless given."),
  statement_timeout_s: z
    .number()
    .min(0)
    .optional()
    .describe("Seconds for one statement; 0 for no end. The role's own."),
  lock_timeout_s: z.number().min(0).optional().describe("Seconds to wait for a lock on a table. 60 unless given."),
});

const secrets = z.strictObject({
  password: z.string().optional().describe("The role's password."),
  url: z.string().optional().describe("The whole address with the password in it, in place of the option."),
});

export default defineConnector({
  name: "postgres",
  title: "PostgreSQL",
  description: "Tables, views and queries of a Postgres, whole or what is new, copied byte for byte where types allow.",
  options,
  secrets,
  check: (ctx) => postgresSource.check(ctx),
  streams: (ctx) => postgresSource.streams(ctx),
});
