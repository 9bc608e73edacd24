import { z } from "zod";
import { NAME_PATTERN, UUID_PATTERN } from "../core/ids.ts";
import type { JsonValue } from "../core/json.ts";
import { CONFIG_VERSION } from "./config-migrations.ts";

/**
 * The shape of `config.json`: the one source of its validation, its types, its documentation and
 * `schemas/config.schema.json`.
 */

/** Any JSON value; not `z.json()`, which checks deeply what `JSON.parse` has already guaranteed. */
const anyJson = z.unknown().transform((value) => value as JsonValue);
const jsonObject = z.record(z.string(), anyJson);

const name = z
  .string()
  .regex(
    NAME_PATTERN,
    "must be lower-case letters, digits and single underscores, begin with a letter, and have at most 63 characters",
  );

export const mode = z.enum(["append", "replace", "merge"]).describe("How rows meet the table.");
const driftPolicy = z
  .enum(["evolve", "warn", "discard", "freeze"])
  .describe(
    "What happens when the source's columns change: `evolve` adds and widens columns, `warn` drops unknown ones and says so, `discard` drops and only counts them, `freeze` fails before anything is changed.",
  );

const state = z
  .strictObject({
    version: z.literal(1).describe("Version of the state's own shape."),
    revision: z
      .int()
      .min(0)
      .describe("Grows with every commit; tells whether the mirror is older than the destination."),
    destination_id: z
      .string()
      .nullable()
      .describe("Which destination the cursors belong to; null before the first run."),
    global: jsonObject.describe("State that belongs to no single stream."),
    streams: z
      .record(z.string(), z.strictObject({ cursor: anyJson.describe("How far the stream has been read.") }))
      .describe("Cursors by stream."),
  })
  .describe("Mirror of the destination's state. Changed by runs and by `sluice state`, not by hand.");

const nested = z
  .enum(["jsonb", "tables"])
  .describe(
    "What becomes of lists of objects in a row: `jsonb` keeps them in a column, `tables` makes each a table of its own, named after the table and the field, with a row for each object. Default `jsonb`.",
  );

const stream = z.strictObject({
  selected: z
    .boolean()
    .optional()
    .describe("Whether the stream is loaded. Once any stream says true, only those that say true are."),
  mode: mode.optional(),
  primary_key: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("Columns that tell rows apart; `merge` needs them."),
  cursor_field: z.string().min(1).optional().describe("Column by which new rows are recognised."),
  table: z.string().min(1).optional().describe("Name of the table; the stream's name when left out."),
  columns: z
    .record(z.string(), z.string().min(1))
    .optional()
    .describe("Postgres types of columns, in place of inferred ones."),
  version_field: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Of `merge`: the field that says which of two versions of a row is newer: the greater one wins, of equal ones the later to arrive. Without it the later to arrive always wins.",
    ),
  deleted_field: z
    .string()
    .min(1)
    .optional()
    .describe(
      "Of `merge`: the field that marks a row as deleted: a boolean that is true, or any time that is not null.",
    ),
  deletes: z
    .enum(["hard", "soft"])
    .optional()
    .describe(
      "What a row marked as deleted does: `hard` takes the row out of the table, `soft` leaves it there with its mark. Default `hard`.",
    ),
  keep_history: z
    .boolean()
    .optional()
    .describe(
      "Of `merge`: keep every version of a row, with the times between which it was the current one. Default false.",
    ),
  nested: nested.optional(),
  replace_by: z
    .enum(["swap", "rewrite", "truncate"])
    .optional()
    .describe(
      "How `replace` and a full refresh put new rows in the place of old ones: `swap` puts a new table in the old one's place, `rewrite` exchanges the rows at the end, `truncate` empties the table first and makes readers wait for the whole load. When left out, a swap where it can be done without loss, else a rewrite.",
    ),
});

const connectionSettings = z.strictObject({
  namespace: z
    .string()
    .min(1)
    .optional()
    .describe("Postgres schema for the tables; the connection's name when left out."),
  options: jsonObject.default({}).describe("The connector's own options; see `sluice connectors show <type>`."),
  streams: z
    .record(z.string().min(1), stream)
    .optional()
    .describe("Settings by stream; streams not listed take the defaults."),
  drift: driftPolicy.optional(),
  max_rejects: z
    .int()
    .min(0)
    .optional()
    .describe("How many rows of a stream may be set aside before it fails. Default 0."),
  metadata: z
    .boolean()
    .optional()
    .describe("Whether tables get the columns `_sluice_loaded_at` and `_sluice_run_id`. Default true."),
  nul: z
    .enum(["reject", "replace"])
    .optional()
    .describe("What becomes of NUL characters, which Postgres text cannot hold. Default `reject`."),
  nested: nested.optional(),
  inference_rows: z.int().min(1).optional().describe("Rows at the start of a stream from which types are inferred."),
  checkpoint_mb: z
    .number()
    .positive()
    .optional()
    .describe("Megabytes of rows after which a stream commits, where its source allows. Default 256."),
  checkpoint_s: z.number().positive().optional().describe("Seconds after which it commits at the latest. Default 5."),
  lock_timeout_s: z
    .number()
    .positive()
    .optional()
    .describe("Seconds to wait for locks on the tables that are loaded before the stream fails. Default 60."),
  parallel: z
    .int()
    .min(1)
    .max(64)
    .optional()
    .describe("How many streams are loaded at once, in place of `settings.parallel_streams`."),
});

export const connectionSchema = z.strictObject({
  id: z
    .string()
    .regex(UUID_PATTERN, "must be a UUID")
    .default("")
    .describe("UUID on which state, locks and history hang. Given at the first change when left out; never change it."),
  name: name.describe("Name for commands, paths and secrets; unique."),
  title: z.string().optional().describe("Free text for people."),
  type: z.string().min(1).describe("Name of the connector: a file in `connectors/`."),
  enabled: z.boolean().default(true).describe("Whether it runs when no name is given."),
  schema: connectionSettings.prefault({}).describe("What is loaded and how."),
  destination: z
    .string()
    .min(1)
    .optional()
    .describe(
      "`embedded`, `postgres`, or a `[destination.<name>]` of the secrets file; wins over `settings.destination`.",
    ),
  tags: z.array(z.string().min(1)).default([]).describe("Words to choose connections by: `run --tag`."),
  created_at: z.string().optional().describe("When it was added, ISO 8601."),
  state: state.optional(),
});

const settings = z.strictObject({
  destination: z.string().min(1).default("embedded").describe("Where rows go unless a connection says otherwise."),
  parallel_streams: z.int().min(1).max(64).optional().describe("How many streams of a run are loaded at once."),
  retries: z.int().min(0).max(100).optional().describe("How often a run is tried again after a transient error."),
  backoff_s: z.number().min(0).optional().describe("Seconds before the first retry; they double with each one."),
  timeout_s: z.number().positive().optional().describe("Seconds after which a run is stopped."),
  retention_days: z
    .int()
    .min(1)
    .optional()
    .describe("Days after which logs and summaries are deleted. Nothing is deleted when left out."),
});

/** The file as a whole. Connections are checked one by one, so that a broken one does not take the others with it. */
export const configSchema = z.strictObject({
  $schema: z.string().optional().describe("Where editors find the JSON Schema of this file."),
  version: z.literal(CONFIG_VERSION).describe("Version of this file's shape."),
  connections: z.array(connectionSchema).default([]).describe("What is connected."),
  groups: z
    .array(z.looseObject({ name: name.describe("Name of the group; unique.") }))
    .default([])
    .describe("Connections that run in order."),
  schedules: z
    .array(z.looseObject({ name: name.describe("Name of the schedule; unique.") }))
    .default([])
    .describe("When connections and groups run."),
  settings: settings.prefault({}).describe("What holds for every connection."),
});

export type Mode = z.output<typeof mode>;
export type DriftPolicy = z.output<typeof driftPolicy>;
export type StreamSettings = z.output<typeof stream>;
export type ConnectionState = z.output<typeof state>;
export type Settings = z.output<typeof settings>;
export const settingsSchema = settings;
/** `id` is empty in an entry made by hand until `ensureIds` or any change gives it one. */
export type Connection = z.output<typeof connectionSchema>;
export type Config = z.output<typeof configSchema>;
