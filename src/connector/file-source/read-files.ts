import type { EventLevel } from "../../core/events.ts";
import type { JsonObject, JsonValue } from "../../core/json.ts";
import type { Mode, RowBatch } from "../define-connector.ts";
import { FileCursor } from "./file-cursor.ts";
import type { FileStore } from "./file-store.ts";
import { isGlob } from "./glob.ts";
import { joinBatches } from "./join-batches.ts";
import { readFile } from "./read-file.ts";
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
  mode: Mode;
  cursor: JsonValue | undefined;
  signal: AbortSignal;
  startsOver?(): void;
  log(level: EventLevel, message: string, data?: JsonObject): void;
}

/**
 * The rows of files that are not loaded yet, file after file, each batch with a cursor. A file that was loaded is known
 * by its content: it is read on where it has grown; where it has changed, `append` fails and the other modes load it
 * again, unless `on_changed` says otherwise. In `replace` everything is read.
 */
export async function* readFiles(files: FilesToRead, ctx: FilesContext): AsyncGenerator<RowBatch> {
  yield* joinBatches(readInOrder(files, ctx), files.chunkBytes ?? CHUNK_BYTES);
}

async function* readInOrder(files: FilesToRead, ctx: FilesContext): AsyncGenerator<RowBatch> {
  const cursor = new FileCursor(ctx.mode === "replace" ? undefined : ctx.cursor);
  const { store, settings, chunkBytes = CHUNK_BYTES } = files;
  const on_changed = settings.on_changed ?? (ctx.mode === "append" ? "error" : "reload");
  const log: FilesContext["log"] = (level, message, data) => ctx.log(level, message, data);
  const reading = {
    store,
    settings: { ...settings, on_changed },
    signal: ctx.signal,
    chunkBytes,
    guesses: new Set<string>(),
    startedOver: new Set<string>(),
    log,
  };
  const found = await store.list(files.paths);
  if (found.length === 0) sayNothingFound(files.paths, ctx);
  for (const file of found) {
    ctx.signal.throwIfAborted();
    for await (const { batch, record } of readFile(file, cursor.get(file.key), reading)) {
      if (reading.startedOver.size > 0 && reading.startedOver.size === cursor.size) ctx.startsOver?.();
      yield { ...batch, cursor: cursor.note(file.key, record) };
    }
  }
}

/** A folder that is emptied between runs is in order; what never found a file may be a slip, or empty its table. */
function sayNothingFound(paths: readonly string[], ctx: FilesContext): void {
  const globs = paths.filter(isGlob);
  const isExpected = ctx.mode !== "replace" && ctx.cursor !== undefined && ctx.cursor !== null;
  ctx.log(isExpected ? "info" : "warn", `no file matches ${globs.join(", ")}`, { paths: globs });
}
