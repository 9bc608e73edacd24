import { formatCount } from "../../core/count-text.ts";
import { canonicalJson, isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { Dialect } from "../formats/format-settings.ts";
import { type FileRecord, packRecord, recordOfFirstVersion, unpackRecord } from "./file-record.ts";

const CURSOR_VERSION = 2;

/** Names of files by their folder, which is written once: packed records. */
type Folders = Record<string, Record<string, string>>;

interface Content {
  dialects: Dialect[];
  files: Folders;
  /** The file that was read last. */
  last: string | undefined;
}

/**
 * How far a stream of files has been read. A cursor is asked for after every batch and there may be many thousand
 * files, so that it is not built until somebody looks at it.
 */
export class FileCursor {
  readonly #initial: Content;
  /** The last record of each file that was noted before the current one, in order. Only ever grows. */
  readonly #before: [file: string, record: FileRecord][] = [];
  #current: [file: string, record: FileRecord] | undefined;

  /** @throws ConnectorError when the cursor is of another kind: starting over would double rows. */
  constructor(cursor: JsonValue | undefined) {
    this.#initial = cursor === undefined || cursor === null ? emptyContent() : contentOf(cursor);
  }

  /** Files that the last run knew. */
  get size(): number {
    return countFiles(this.#initial);
  }

  /** The record that the last run left. */
  get(file: string): FileRecord | undefined {
    return recordIn(this.#initial, file);
  }

  /** Notes how far the file is read and returns the cursor that says so; it does not change with later notes. */
  note(file: string, record: FileRecord): JsonValue {
    if (this.#current !== undefined && this.#current[0] !== file) this.#before.push(this.#current);
    const current: [string, FileRecord] = [file, record];
    this.#current = current;
    const count = this.#before.length;
    let content: Content | undefined;
    const build = () => {
      content ??= withRecords(this.#initial, [...this.#before.slice(0, count), current]);
      return content;
    };
    return {
      version: CURSOR_VERSION,
      last: file,
      get dialects(): JsonValue {
        return build().dialects;
      },
      get files(): JsonValue {
        return build().files;
      },
    };
  }
}

/** `line 88 of orders.csv`, where its last row was read; the file that was read last, after the others. */
export function describeFileCursor(cursor: JsonValue): string | undefined {
  const content = contentOf(cursor);
  const { last } = content;
  const record = last === undefined ? undefined : recordIn(content, last);
  if (last === undefined || record === undefined) return undefined;
  const count = countFiles(content);
  const others = count === 1 ? "" : `, after ${formatCount(count - 1, "other file")}`;
  return `${placeIn(record)} of ${splitName(last)[1]}${others}`;
}

/** As a person finds it in the file: lines that were rejected count, and those of the header. */
function placeIn({ dialect, place, rows }: FileRecord): string {
  if (dialect.format === "parquet") return `row ${formatCount(rows)}`;
  return `${dialect.format === "json" ? "item" : "line"} ${formatCount(place)}`;
}

function countFiles({ files }: Content): number {
  return Object.values(files).reduce((sum, names) => sum + Object.keys(names).length, 0);
}

function emptyContent(): Content {
  return { dialects: [], files: {}, last: undefined };
}

function recordIn({ files, dialects }: Content, file: string): FileRecord | undefined {
  const [folder, name] = splitName(file);
  const names = Object.hasOwn(files, folder) ? files[folder] : undefined;
  if (names === undefined || !Object.hasOwn(names, name)) return undefined;
  const record = unpackRecord(names[name] as string, dialects);
  if (record === undefined) throw notOurs();
  return record;
}

/** A new content; the one that is given stays as it is. */
function withRecords(content: Content, records: readonly (readonly [file: string, record: FileRecord])[]): Content {
  const dialects = [...content.dialects];
  const known = new Map(dialects.map((dialect, index) => [canonicalJson(dialect), index]));
  const files = new Map(
    Object.entries(content.files).map(([folder, names]) => [folder, new Map(Object.entries(names))]),
  );
  for (const [file, record] of records) {
    const dialect = canonicalJson(record.dialect);
    if (!known.has(dialect)) known.set(dialect, dialects.push(record.dialect) - 1);
    const [folder, name] = splitName(file);
    const names = files.get(folder) ?? new Map<string, string>();
    files.set(folder, names.set(name, packRecord(record, known.get(dialect) as number)));
  }
  const plain = [...files].map(([folder, names]) => [folder, Object.fromEntries(names)]);
  return { dialects, files: Object.fromEntries(plain), last: records.at(-1)?.[0] ?? content.last };
}

function splitName(file: string): [folder: string, name: string] {
  const at = file.lastIndexOf("/") + 1;
  return [file.slice(0, at), file.slice(at)];
}

function contentOf(cursor: JsonValue): Content {
  if (!isJsonObject(cursor) || !isJsonObject(cursor["files"])) throw notOurs();
  if (cursor["version"] === 1) return ofFirstVersion(cursor["files"]);
  const { version, dialects, files, last } = cursor;
  if (version !== CURSOR_VERSION || !Array.isArray(dialects) || typeof last !== "string") throw notOurs();
  return { dialects: dialects as Dialect[], files: files as Folders, last };
}

function ofFirstVersion(files: JsonObject): Content {
  const records = Object.entries(files).map(([file, value]) => {
    const record = recordOfFirstVersion(value);
    if (record === undefined) throw notOurs();
    return [file, record] as const;
  });
  return withRecords(emptyContent(), records);
}

function notOurs(): ConnectorError {
  return new ConnectorError(
    "connection_invalid",
    "reading files: the stream's state was not written by this version of the connector. Go back to the version that wrote it, or reset the stream's state to load everything again.",
  );
}
