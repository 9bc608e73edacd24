import type { EventLevel } from "../../core/events.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { Mode, RowBatch, SlicedBatch, SourceColumn } from "../define-connector.ts";
import { formatOfName } from "../formats/detect-format.ts";
import type { FormatName } from "../formats/format-settings.ts";
import { FileCursor } from "./file-cursor.ts";
import type { FileRecord } from "./file-record.ts";
import type { FileStore, FoundFile } from "./file-store.ts";
import { isGlob } from "./glob.ts";
import { joinBatches } from "./join-batches.ts";
import { listFiles } from "./list-files.ts";
import { type FileReading, readFile } from "./read-file.ts";
import { CHUNK_BYTES, type FileSettings } from "./source-file.ts";

/** Files that make one stream. */
export interface FilesToRead {
  store: FileStore;
  /** Paths and globs as the store has them. */
  paths: readonly string[];
  settings: Omit<FileSettings, "on_changed"> & { on_changed?: FileSettings["on_changed"] | undefined };
  /** Bytes read at a time; tests make it small. */
  chunkBytes?: number;
}

/** What reading needs of a connector's context. */
export interface FilesContext {
  /** Its name, where people are told what to change. */
  connection?: string;
  mode: Mode;
  cursor: JsonValue | undefined;
  signal: AbortSignal;
  startsOver?(): void;
  layout?(columns: readonly SourceColumn[]): unknown;
  log(level: EventLevel, message: string, data?: JsonObject): void;
}

/**
 * The rows of files that are not loaded yet, file after file, each batch with a cursor. A file that was loaded is known
 * by its content: it is read on where it has grown; where it has changed, `append` fails and the other modes load it
 * again, unless `on_changed` says otherwise. In `replace` everything is read.
 */
export async function* readFiles(files: FilesToRead, ctx: FilesContext): AsyncGenerator<RowBatch | SlicedBatch> {
  yield* joinBatches(readInOrder(files, ctx), files.chunkBytes ?? CHUNK_BYTES);
}

async function* readInOrder(files: FilesToRead, ctx: FilesContext): AsyncGenerator<RowBatch | SlicedBatch> {
  const cursor = new FileCursor(ctx.mode === "replace" ? undefined : ctx.cursor);
  const { store, settings, chunkBytes = CHUNK_BYTES } = files;
  const on_changed = settings.on_changed ?? (ctx.mode === "append" ? "error" : "reload");
  const log: FilesContext["log"] = (level, message, data) => ctx.log(level, message, data);
  const reading = {
    connection: ctx.connection,
    store,
    settings: { ...settings, on_changed },
    signal: ctx.signal,
    chunkBytes,
    guesses: new Set<string>(),
    startedOver: new Set<string>(),
    log,
  };
  const { found } = await listFiles(store, files.paths);
  if (found.length === 0) sayNothingFound(files.paths, ctx);
  const read = areParquet(found, settings.format) ? await parquetReader(found, cursor, { reading, ctx }) : readFile;
  for (const file of found) {
    ctx.signal.throwIfAborted();
    const before = cursor.get(file.key);
    if (isLoaded(file, before)) continue;
    for await (const { batch, record } of read(file, before, reading)) {
      if (reading.startedOver.size > 0 && reading.startedOver.size === cursor.size) ctx.startsOver?.();
      yield { ...batch, cursor: cursor.note(file.key, record) };
    }
  }
}

/** It was read to its end and is proven to be the same. */
function isLoaded(file: FoundFile, before: FileRecord | undefined): boolean {
  return before?.done === true && before.proof !== undefined && before.proof === file.proof;
}

/** @throws ConnectorError when some are and some are not: their columns come from the files, or from the rows */
function areParquet(found: readonly FoundFile[], format: FormatName | undefined): boolean {
  if (format !== undefined) return format === "parquet";
  const parquet = found.filter(({ key }) => formatOfName(key) === "parquet");
  const [first] = parquet;
  if (first === undefined || parquet.length === found.length) return first !== undefined;
  const other = found.find((file) => !parquet.includes(file))?.key ?? "";
  const message = `reading ${first.key} and ${other} as one stream: Parquet brings its columns, other files do not. Make two streams of them, or set the option \`format\`.`;
  throw new ConnectorError("connection_invalid", message, { details: { files: [first.key, other] } });
}

/** The columns are those of all files that are to be read; the library is loaded for whoever needs it. */
async function parquetReader(
  found: readonly FoundFile[],
  cursor: FileCursor,
  { reading, ctx }: { reading: FileReading; ctx: FilesContext },
): Promise<typeof readFile> {
  const { columnsOfFiles, readParquet } = await import("../parquet/read-parquet.ts");
  const unread = found.filter((file) => !isLoaded(file, cursor.get(file.key)));
  if (unread.length > 0) ctx.layout?.(await columnsOfFiles(unread, reading));
  return readParquet;
}

/** A folder that is emptied between runs is in order; what never found a file may be a slip, or empty its table. */
function sayNothingFound(paths: readonly string[], ctx: FilesContext): void {
  const globs = paths.filter(isGlob);
  const isExpected = ctx.mode !== "replace" && ctx.cursor !== undefined && ctx.cursor !== null;
  ctx.log(isExpected ? "info" : "warn", `no file matches ${globs.join(", ")}`, { paths: globs });
}
