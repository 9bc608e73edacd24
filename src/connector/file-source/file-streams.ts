import { ConnectorError } from "../connector-error.ts";
import type { ConnectorContext, ReadContext, StreamDefinition } from "../define-connector.ts";
import { formatBytes } from "../formats/format-bytes.ts";
import { describeFileCursor } from "./file-cursor.ts";
import type { FileOptions } from "./file-options.ts";
import type { FileStore, FoundFile } from "./file-store.ts";
import { listFiles } from "./list-files.ts";
import { readFiles } from "./read-files.ts";
import { streamNameOf } from "./stream-name.ts";

/** The streams that the paths make. `storeOf` is asked for the store with each read. */
export function fileStreams<O extends FileOptions, S>(
  { options, connection }: ConnectorContext<O, S>,
  storeOf: (ctx: ReadContext<O, S>) => FileStore | Promise<FileStore>,
): StreamDefinition<O, S>[] {
  return [...groupPaths(options, connection)].map(([name, paths]) => ({
    name,
    description: `Rows of ${paths.join(", ")}`,
    ordered: true,
    describeCursor: describeFileCursor,
    async *read(ctx) {
      yield* readFiles({ store: await storeOf(ctx), paths, settings: ctx.options }, ctx);
    },
  }));
}

/** What `check` tells of the files that the paths name, in words: `3 files, 41.0 MB`. */
export interface FilesReport {
  message: string;
  details: { files: number; bytes: number };
  /** Of globs that match nothing. */
  warnings: string[];
  found: FoundFile[];
}

export async function findFiles(store: FileStore, options: FileOptions): Promise<FilesReport> {
  const { found, empty } = await listFiles(store, pathsOf(options));
  const bytes = found.reduce((sum, { size }) => sum + size, 0);
  const files = found.length === 1 ? "1 file" : `${found.length} files`;
  const details = { files: found.length, bytes };
  return { message: `${files}, ${formatBytes(bytes)}`, details, warnings: nothingFound(empty), found };
}

/** A folder that is still empty is in order, and looks like a slip in the path. */
function nothingFound(patterns: readonly string[]): string[] {
  if (patterns.length === 0) return [];
  return [`no file matches ${patterns.join(", ")}. Check the option \`path\`, unless the files are still to come.`];
}

/** The paths of each stream. */
function groupPaths(options: FileOptions, connection: string): Map<string, string[]> {
  const paths = pathsOf(options);
  if (options.stream !== undefined) return new Map([[options.stream, paths]]);
  const streams = new Map<string, string[]>();
  for (const path of paths) {
    const name = streamNameOf(path, connection);
    const other = streams.get(name);
    if (other !== undefined) throw sameName(name, [...other, path]);
    streams.set(name, [path]);
  }
  return streams;
}

function pathsOf({ path }: FileOptions): string[] {
  return typeof path === "string" ? [path] : path;
}

function sameName(name: string, paths: readonly string[]): ConnectorError {
  return new ConnectorError(
    "connection_invalid",
    `naming the streams: ${paths.join(" and ")} would both be the stream "${name}". Set the option \`stream\` to load them as one, or make two connections.`,
    { details: { stream: name, paths: [...paths] } },
  );
}
