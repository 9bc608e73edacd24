import type { RowBatch, SourceColumn } from "../define-connector.ts";
import { changedWhileRead, startOver } from "../file-source/changed-file.ts";
import { type FileRecord, hashedParts } from "../file-source/file-record.ts";
import type { FoundFile, OpenFile } from "../file-source/file-store.ts";
import type { FileBatch, FileReading } from "../file-source/read-file.ts";
import { ByteWindow } from "../formats/byte-window.ts";
import { openParquet, type ParquetFile, type ParquetGroup } from "./parquet-file.ts";
import { uniteColumns } from "./parquet-types.ts";
import { textEncoder } from "./parquet-values.ts";

/** Decoded at a time, in values: what bounds the memory, whatever the size of a row group. */
const DECODED_VALUES = 500_000;
const DECODED_ROWS = { least: 1_000, most: 65_536 };
const BATCH_BYTES = 512 * 1024;
const BATCH_ROWS = { least: 100, most: 10_000 };

/** The columns of the files, those of all of them together. */
export async function columnsOfFiles(files: readonly FoundFile[], reading: FileReading): Promise<SourceColumn[]> {
  const found: SourceColumn[][] = [];
  for (const file of files) {
    reading.signal.throwIfAborted();
    const open = await reading.store.open(file, reading);
    try {
      found.push((await openParquet(open, file.key)).columns);
    } finally {
      await open.close();
    }
  }
  return uniteColumns(found);
}

/**
 * What of a Parquet file is not loaded yet, row group by row group. What is loaded is known by the bytes of its groups:
 * a file that was written anew goes on where it begins with the same ones.
 */
export async function* readParquet(
  file: FoundFile,
  before: FileRecord | undefined,
  reading: FileReading,
): AsyncGenerator<FileBatch> {
  const open = await reading.store.open(file, reading);
  try {
    const parquet = await openParquet(open, file.key);
    yield* new ParquetReader({ file, open, parquet }, reading).read(before);
  } finally {
    await open.close();
  }
}

interface Source {
  file: FoundFile;
  open: OpenFile;
  parquet: ParquetFile;
}

class ParquetReader {
  readonly #source: Source;
  readonly #reading: FileReading;
  readonly #encoders: ((raw: unknown) => unknown)[];

  constructor(source: Source, reading: FileReading) {
    this.#source = source;
    this.#reading = reading;
    this.#encoders = source.parquet.columns.map(({ name, value }) => textEncoder(value, () => this.#sayLoss(name)));
  }

  async *read(before: FileRecord | undefined): AsyncGenerator<FileBatch> {
    const loaded = before === undefined || before.rows === 0 ? undefined : before;
    const { window, rows } = await this.#start(loaded);
    try {
      let count = rows;
      for (const group of this.#source.parquet.groups) {
        if (group.firstRow + group.rows <= count) await this.#pass(window, group);
        else for await (const part of this.#group(window, group, count)) yield part;
        count = Math.max(count, group.firstRow + group.rows);
      }
      const record = await this.#ended(window, count);
      if (before === undefined || !before.done || before.proof !== record.proof || count > rows)
        yield { batch: { rows: [], bytes: 0 }, record };
    } finally {
      await window.close();
    }
  }

  /** Behind the groups that are loaded. */
  async #start(loaded: FileRecord | undefined): Promise<{ window: ByteWindow; rows: number }> {
    const { open, file } = this.#source;
    if (loaded === undefined) return { window: this.#window(), rows: 0 };
    if (loaded.proof !== undefined && loaded.proof === open.proof) {
      return { window: new ByteWindow(open.chunks(loaded.offset), hashedParts(loaded)), rows: loaded.rows };
    }
    const window = this.#window();
    if (loaded.dialect.format === "parquet" && (await window.skipParts(hashedParts(loaded))))
      return { window, rows: loaded.rows };
    await window.close();
    startOver(file.key, this.#reading);
    return { window: this.#window(), rows: 0 };
  }

  #window(): ByteWindow {
    return new ByteWindow(this.#source.open.chunks(0));
  }

  async #pass(window: ByteWindow, { end }: ParquetGroup): Promise<void> {
    if (!(await window.skipTo(Math.max(end, window.offset)))) throw changedWhileRead(this.#source.file.key);
  }

  async *#group(window: ByteWindow, group: ParquetGroup, loaded: number): AsyncGenerator<FileBatch> {
    const { key } = this.#source.file;
    if (!(await window.skipTo(group.start))) throw changedWhileRead(this.#source.file.key);
    await window.fill(group.end - group.start);
    if (window.length < group.end - group.start) throw changedWhileRead(this.#source.file.key);
    const step = clamp(DECODED_VALUES / this.#encoders.length, DECODED_ROWS);
    const size = clamp(BATCH_BYTES / Math.max(1, group.bytes / group.rows), BATCH_ROWS);
    for (let from = Math.max(0, loaded - group.firstRow); from < group.rows; from += step) {
      this.#reading.signal.throwIfAborted();
      const to = Math.min(from + step, group.rows);
      const rows = await this.#source.parquet.readRows(window.bytes, group, from, to);
      for (let at = 0; at < rows.length; at += size) {
        const part = rows.slice(at, at + size);
        const first = group.firstRow + from + at;
        const isLast = from + at + part.length === group.rows;
        if (isLast) window.consume(group.end - group.start);
        const bytes = Math.ceil(((group.end - group.start) * part.length) / group.rows);
        yield { batch: this.#batch(part, { first, bytes, key }), record: this.#record(window, first + part.length) };
      }
    }
  }

  #batch(rows: readonly unknown[][], { first, bytes, key }: { first: number; bytes: number; key: string }): RowBatch {
    const { columns } = this.#source.parquet;
    const encoders = this.#encoders;
    return {
      columns: columns.map(({ name }) => name),
      values: rows.map((row) => row.map((value, index) => encoders[index]?.(value))),
      untyped: columns.map(({ type }) => type !== "boolean"),
      bytes,
      positionOf: (index) => `${key}#${first + index + 1}`,
    };
  }

  #record(window: ByteWindow, rows: number): FileRecord {
    const { open } = this.#source;
    const { offset, parts } = window;
    return {
      ...{ size: open.size, offset, hash: window.digest(), rows, place: rows, done: false },
      dialect: { format: "parquet" },
      ...(parts.length === 0 ? {} : { parts: [...parts] }),
      ...(open.proof === undefined ? {} : { proof: open.proof }),
    };
  }

  /** @throws ConnectorError when what was read is not what is there now */
  async #ended(window: ByteWindow, rows: number): Promise<FileRecord> {
    const record = { ...this.#record(window, rows), done: true };
    if (!(await this.#source.open.look()).touched) return record;
    const again = this.#window();
    try {
      if (!(await again.skipParts(hashedParts(record)))) throw changedWhileRead(this.#source.file.key);
    } finally {
      await again.close();
    }
    const { proof: _, ...unproven } = record;
    return unproven;
  }

  #sayLoss(column: string): void {
    const { guesses, log } = this.#reading;
    if (guesses.has(`nanoseconds ${column}`)) return;
    guesses.add(`nanoseconds ${column}`);
    const { key } = this.#source.file;
    log(
      "warn",
      `${column} of ${key} has nanoseconds, of which Postgres stores only whole microseconds: the rest is cut off`,
      {
        ...{ file: key, column },
      },
    );
  }
}

function clamp(count: number, { least, most }: { least: number; most: number }): number {
  return Math.round(Math.min(most, Math.max(least, count)));
}
