import {
  type ConnectorContext,
  ConnectorError,
  defineConnector,
  describeFileCursor,
  formatBytes,
  isEncoding,
  JSON_POINTER,
  listFiles,
  readFiles,
  type StreamDefinition,
  streamNameOf,
  totalSize,
  z,
} from "sluice/connector";

const options = z.strictObject({
  path: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .describe("A file, a glob such as data/*.csv, or a list of them. Relative paths start at the workspace."),
  stream: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,62}$/, "must be lower-case letters, digits and underscores, a letter first")
    .optional()
    .describe("Load all paths as one stream of this name. Otherwise each path is a stream named after its files."),
  format: z
    .enum(["csv", "tsv", "ndjson", "json"])
    .optional()
    .describe("How the files are written. Detected from their names, then from their content."),
  compression: z
    .enum(["none", "gzip", "zstd"])
    .optional()
    .describe("How the files are packed. Detected from their first bytes."),
  encoding: z
    .string()
    .refine(isEncoding, "is not a known text encoding")
    .optional()
    .describe("Text encoding, for example windows-1252. A byte order mark decides, else it is utf-8."),
  header: z
    .union([z.boolean(), z.array(z.string().min(1)).min(1)])
    .optional()
    .describe("CSV: whether the first row holds names. A list gives the names of files that have none. Detected."),
  delimiter: z
    .string()
    .length(1)
    .refine((text) => !'"\r\n'.includes(text), "must not be a quote or a newline")
    .optional()
    .describe("CSV: the character between fields. Detected among comma, semicolon, tab and bar."),
  quote: z
    .string()
    .max(1)
    .optional()
    .describe('CSV: the character around fields that hold delimiters or newlines; "" if there is none. Default: ".'),
  null_values: z
    .array(z.string())
    .optional()
    .describe('CSV: unquoted texts that mean null. Default: only the empty one, [""].'),
  on_ragged: z
    .enum(["reject", "fill"])
    .optional()
    .describe("CSV: rows with fewer fields than columns are rejected (default) or filled with nulls."),
  records: z
    .string()
    .regex(JSON_POINTER, "must be a JSON pointer such as /features")
    .optional()
    .describe("JSON: where the list of records is, as a JSON pointer. Detected: the document, or its only list."),
  on_changed: z
    .enum(["error", "reload"])
    .optional()
    .describe("What to do when loaded content has changed. Default: error in append, reload in merge."),
});

type Options = z.output<typeof options>;
type Context = ConnectorContext<Options, Record<string, never>>;

export default defineConnector({
  name: "files",
  title: "Files",
  description:
    "CSV, TSV, NDJSON and JSON files, plain or packed with gzip or zstd; new and grown files are loaded once.",
  options,
  secrets: z.strictObject({}),

  async check(ctx) {
    const found = await listFiles(pathsOf(ctx.options), ctx.workspace);
    const bytes = await totalSize(found);
    const files = found.length === 1 ? "1 file" : `${found.length} files`;
    return { message: `${files}, ${formatBytes(bytes)}`, details: { files: found.length, bytes } };
  },

  streams: async (ctx) => [...groupPaths(ctx)].map(([name, paths]) => fileStream(name, paths)),
});

function fileStream(name: string, paths: readonly string[]): StreamDefinition<Options> {
  return {
    name,
    description: `Rows of ${paths.join(", ")}`,
    ordered: true,
    describeCursor: describeFileCursor,
    read: (ctx) => readFiles({ paths, settings: ctx.options }, ctx),
  };
}

/** The paths of each stream. */
function groupPaths(ctx: Context): Map<string, string[]> {
  const paths = pathsOf(ctx.options);
  if (ctx.options.stream !== undefined) return new Map([[ctx.options.stream, paths]]);
  const streams = new Map<string, string[]>();
  for (const path of paths) {
    const name = streamNameOf(path, ctx.connection);
    const other = streams.get(name);
    if (other !== undefined) throw sameName(name, [...other, path]);
    streams.set(name, [path]);
  }
  return streams;
}

function pathsOf({ path }: Options): string[] {
  return typeof path === "string" ? [path] : path;
}

function sameName(name: string, paths: readonly string[]): ConnectorError {
  return new ConnectorError(
    "connection_invalid",
    `naming the streams: ${paths.join(" and ")} would both be the stream "${name}". Set the option \`stream\` to load them as one, or make two connections.`,
    { details: { stream: name, paths: [...paths] } },
  );
}
