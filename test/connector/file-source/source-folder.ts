import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import type { Mode, Reject, RowBatch, SourceColumn } from "../../../src/connector/define-connector.ts";
import { localStore } from "../../../src/connector/file-source/local-store.ts";
import { type FilesToRead, readFiles } from "../../../src/connector/file-source/read-files.ts";
import { asRowBatch } from "../../../src/connector/sliced-batch.ts";
import type { JsonValue } from "../../../src/core/json.ts";

/** A folder with files to read, removed after the test. */
export class SourceFolder {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  static async create(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<SourceFolder> {
    const folder = new SourceFolder(await mkdtemp(join(tmpdir(), "sluice-files-")));
    onTestFinished(() => rm(folder.root, { recursive: true, force: true }));
    for (const [path, content] of Object.entries(files)) await folder.write(path, content);
    return folder;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  async write(name: string, content: string | Uint8Array): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
  }

  /** Makes the file look as if it had last been written ten minutes ago, as far as that can be set. */
  async age(name: string): Promise<void> {
    const past = Date.now() / 1000 - 600;
    await utimes(this.path(name), past, past);
  }

  async *read(paths: string | string[], how: ReadOptions = {}): AsyncGenerator<RowBatch> {
    const {
      cursor,
      mode = "append",
      signal = new AbortController().signal,
      log = () => {},
      layout,
      chunkBytes,
      ...settings
    } = how;
    const store = localStore(this.root);
    const chunks = chunkBytes === undefined ? {} : { chunkBytes };
    const files: FilesToRead = { store, paths: [paths].flat(), settings, ...chunks };
    for await (const batch of readFiles(files, { mode, cursor, signal, log, ...(layout && { layout }) })) {
      yield asRowBatch(batch);
    }
  }

  async readAll(paths: string | string[], how: ReadOptions = {}): Promise<ReadResult> {
    return collect(this.read(paths, how));
  }
}

export interface ReadOptions extends Partial<FilesToRead["settings"]> {
  cursor?: JsonValue | undefined;
  mode?: Mode;
  signal?: AbortSignal;
  chunkBytes?: number;
  log?: (level: string, message: string) => void;
  layout?: (columns: readonly SourceColumn[]) => unknown;
}

export interface ReadResult {
  /** As objects, whatever the format. */
  rows: Record<string, unknown>[];
  positions: string[];
  rejects: Reject[];
  /** After its way through JSON, as the next run gets it. */
  cursor: JsonValue | undefined;
  batches: RowBatch[];
}

export async function collect(batches: AsyncIterable<RowBatch>): Promise<ReadResult> {
  const result: ReadResult = { rows: [], positions: [], rejects: [], cursor: undefined, batches: [] };
  for await (const batch of batches) {
    const rows = rowsOf(batch);
    result.rows.push(...rows);
    result.positions.push(...rows.map((_, index) => batch.positionOf?.(index) ?? ""));
    result.rejects.push(...(batch.rejects ?? []));
    result.cursor = throughJson(batch.cursor);
    result.batches.push(batch);
  }
  return result;
}

export function rowsOf(batch: RowBatch): Record<string, unknown>[] {
  if ("rows" in batch) return [...batch.rows];
  const { columns, untyped } = batch;
  const value = (it: unknown, i: number) =>
    typeof untyped === "object" && untyped[i] === true && typeof it === "string" ? Number(it) : it;
  return batch.values.map((row) =>
    Object.fromEntries(
      columns.map((column, i) => [column, value(row[i], i)] as const).filter(([, it]) => it !== undefined),
    ),
  );
}

export function throughJson(value: JsonValue | undefined): JsonValue | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as JsonValue);
}

/** The packed records of a cursor. */
export function recordsIn(cursor: JsonValue | undefined): string[] {
  const { files } = cursor as unknown as { files: Record<string, Record<string, string>> };
  return Object.values(files).flatMap((names) => Object.values(names));
}
