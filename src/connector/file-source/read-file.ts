import { isSluiceError } from "../../core/errors.ts";
import type { EventLevel } from "../../core/events.ts";
import { canonicalJson, type JsonObject } from "../../core/json.ts";
import type { RowBatch, SlicedBatch } from "../define-connector.ts";
import { MAX_RECORD_BYTES, type Parsed } from "../formats/format-parser.ts";
import { changedWhileRead, startOver } from "./changed-file.ts";
import type { FileRecord } from "./file-record.ts";
import { type FileStart, recordTooLong, startReading } from "./file-start.ts";
import type { FileStore, FoundFile } from "./file-store.ts";
import { type FileSettings, SourceFile } from "./source-file.ts";

/** A batch of one file and how far the file is read with it. */
export interface FileBatch {
  batch: RowBatch | SlicedBatch;
  record: FileRecord;
}

export interface FileReading {
  /** The connection's name, where people are told what to change. */
  connection?: string | undefined;
  store: FileStore;
  settings: FileSettings;
  signal: AbortSignal;
  chunkBytes: number;
  /** What was said already. */
  guesses: Set<string>;
  /** Files of the cursor that are loaded again as a whole. */
  startedOver: Set<string>;
  log(level: EventLevel, message: string, data?: JsonObject): void;
}

/**
 * What of a file is not loaded yet. `before` is how far it was read; a file that is the same as then gives nothing.
 * What was loaded is checked against its hash before anything behind it is read, and what is read is checked to have
 * stood still meanwhile before the last batch is given out.
 */
export async function* readFile(
  file: FoundFile,
  before: FileRecord | undefined,
  reading: FileReading,
): AsyncGenerator<FileBatch> {
  const source = await SourceFile.open(file, reading);
  try {
    const start = (await startReading(source, before, reading.settings)) ?? (await readAgain(source, reading));
    if (start.rows === 0) sayGuess(start, source.key, reading);
    yield* new FileReader(source, start, reading).read(before);
  } catch (error) {
    throw await blame(source, error);
  } finally {
    await source.close();
  }
}

/** Says, once a read, what was guessed about a file that is easily guessed wrong. */
function sayGuess({ dialect }: FileStart, key: string, reading: FileReading): void {
  const { settings, guesses } = reading;
  const noHeader = dialect.format === "csv" && !dialect.header && settings.header === undefined;
  if (noHeader && !guesses.has("header")) {
    guesses.add("header");
    const ways = "true if it has one, to a list of names, or to false if that is right";
    const message = `${key} seems to have no header row, so its columns are numbered. Set the option \`header\` to ${ways}.`;
    reading.log("warn", message, { file: key });
  }
}

async function readAgain(source: SourceFile, reading: FileReading): Promise<FileStart> {
  startOver(source.key, reading);
  return (await startReading(source, undefined, reading.settings)) as FileStart;
}

/** A failure to read a file that is being written may be no fault of the file. */
async function blame(source: SourceFile, error: unknown): Promise<unknown> {
  const ofContent = isSluiceError(error) && BY_CONTENT.has(error.code);
  if (!ofContent || !(await source.file.look()).touched) return error;
  return changedWhileRead(source.key, error);
}

const BY_CONTENT: ReadonlySet<string> = new Set(["source_format", "source_truncated", "source_encoding"]);

/** Reads one file from a start to its end. */
class FileReader {
  readonly #source: SourceFile;
  readonly #start: FileStart;
  readonly #reading: FileReading;
  #rows: number;
  /** The last byte consumed was not the end of a line. */
  #openLine = false;

  constructor(source: SourceFile, start: FileStart, reading: FileReading) {
    this.#source = source;
    this.#start = start;
    this.#reading = reading;
    this.#rows = start.rows;
  }

  async *read(before: FileRecord | undefined): AsyncGenerator<FileBatch> {
    const { window } = this.#start;
    this.#openLine = this.#rows > 0 && before?.open_line === true && window.offset === before.offset;
    try {
      for (let ended = false; !ended; ) {
        const parsed = await this.#parseNext();
        ended = parsed.final;
        const fileBatch = ended ? await this.#last(parsed) : this.#part(parsed);
        if (!isEmpty(parsed) || (ended && !isSameRecord(fileBatch.record, before))) yield fileBatch;
      }
    } finally {
      await window.close();
    }
  }

  /** Parses the next block, reading on until it holds at least one record or the file ends. */
  async #parseNext(): Promise<Parsed & { final: boolean }> {
    const { window, parser } = this.#start;
    for (let wanted = this.#reading.chunkBytes; ; wanted *= 2) {
      this.#reading.signal.throwIfAborted();
      await window.fill(wanted);
      const bytes = window.bytes.subarray(0, wanted);
      const final = window.ended && bytes.length === window.length;
      const { offset } = window;
      const parsed = parser.parse(bytes, offset, final && !(await this.#isGrowing()));
      const { consumed, discarded = 0 } = parsed;
      if (consumed > 0) this.#openLine = !endsLine(bytes[consumed - 1]);
      window.consume(consumed);
      window.discard(discarded);
      if (consumed + discarded > 0 || final) return { ...parsed, final };
      if (bytes.length > MAX_RECORD_BYTES) throw recordTooLong(this.#source.key, window.offset);
    }
  }

  /** A file that has become longer since may end in the middle of a record: that is left for the next run. */
  async #isGrowing(): Promise<boolean> {
    return (await this.#source.file.look()).grown && !(await this.#source.isPacked());
  }

  #part(parsed: Parsed): FileBatch {
    return { batch: this.#batch(parsed), record: this.#record(parsed, false) };
  }

  async #last(parsed: Parsed): Promise<FileBatch> {
    const { proof, ...record } = this.#record(parsed, true);
    const { touched } = await this.#source.file.look();
    if (!touched) return { batch: this.#batch(parsed), record: { ...record, ...(proof && { proof }) } };
    if (!(await this.#source.beginsWith(record))) throw changedWhileRead(this.#source.key);
    return { batch: this.#batch(parsed), record };
  }

  #record(parsed: Parsed, done: boolean): FileRecord {
    const { window, parser, dialect } = this.#start;
    this.#rows += rowCount(parsed);
    const { offset, parts } = window;
    const open = done && this.#openLine && dialect.format !== "json";
    return {
      size: this.#source.file.size,
      offset,
      hash: window.digest(),
      ...(parts.length === 0 ? {} : { parts: [...parts] }),
      rows: this.#rows,
      place: parser.place,
      done,
      dialect,
      ...(open ? { open_line: true as const } : {}),
      ...this.#source.proof,
    };
  }

  #batch(parsed: Parsed): FileBatch["batch"] {
    const { parser } = this.#start;
    const { rows = [], sliced, rejects, places, consumed: bytes } = parsed;
    const positionOf = (index: number) => parser.positionOf(places[index] as number);
    const shared = { rejects, bytes, positionOf };
    return sliced === undefined ? { rows, ...shared } : { sliced, ...shared };
  }
}

function rowCount({ rows = [], sliced }: Parsed): number {
  return sliced?.count ?? rows.length;
}

function isSameRecord(record: FileRecord, before: FileRecord | undefined): boolean {
  return canonicalJson(record) === canonicalJson(before);
}

function isEmpty(parsed: Parsed): boolean {
  return rowCount(parsed) === 0 && parsed.rejects.length === 0;
}

function endsLine(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}
