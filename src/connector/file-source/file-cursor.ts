import { basename } from "node:path";
import { formatCount } from "../../core/count-text.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import { ConnectorError } from "../connector-error.ts";
import type { Dialect } from "../formats/format-settings.ts";

/** How far one file has been read. */
export type FileRecord = {
  /** Bytes on disk when it was read. */
  size: number;
  /** Bytes of its text (unpacked, as UTF-8) that the rows loaded so far take. */
  offset: number;
  /** SHA-256 of those bytes. */
  hash: string;
  rows: number;
  /** Lines or list items before `offset`. */
  place: number;
  /** It was read to its end. */
  done: boolean;
  /** How the file is written, as detected when it was begun. */
  dialect: Dialect;
  /** The last row had no newline behind it. */
  open_line?: true;
  /** Size, times and inode when it was read; missing when it was too fresh for them to prove anything. */
  stat?: string;
};

const CURSOR_VERSION = 1;

/**
 * How far a stream of files has been read. A cursor is asked for after every batch and there may be many thousand
 * files, so that it is not built until somebody looks at it.
 */
export class FileCursor {
  readonly #initial: Readonly<JsonObject>;
  /** The last record of each file that was noted before the current one, in order. Only ever grows. */
  readonly #before: [file: string, record: FileRecord][] = [];
  #current: [file: string, record: FileRecord] | undefined;

  /** @throws ConnectorError when the cursor is of another kind: starting over would double rows. */
  constructor(cursor: JsonValue | undefined) {
    this.#initial = cursor === undefined || cursor === null ? {} : filesOf(cursor);
  }

  /** The record that the last run left. */
  get(file: string): FileRecord | undefined {
    return Object.hasOwn(this.#initial, file) ? (this.#initial[file] as FileRecord) : undefined;
  }

  /** Notes how far the file is read and returns the cursor that says so; it does not change with later notes. */
  note(file: string, record: FileRecord): JsonValue {
    if (this.#current !== undefined && this.#current[0] !== file) this.#before.push(this.#current);
    const current: [string, FileRecord] = [file, record];
    this.#current = current;
    const count = this.#before.length;
    let files: JsonObject | undefined;
    const build = () => ({ ...this.#initial, ...Object.fromEntries([...this.#before.slice(0, count), current]) });
    return {
      version: CURSOR_VERSION,
      get files(): JsonObject {
        files ??= build();
        return files;
      },
    };
  }
}

/** `row 88 of orders.csv`; of several files the last one that was begun. */
export function describeFileCursor(cursor: JsonValue): string | undefined {
  const files = Object.entries(filesOf(cursor) as Record<string, FileRecord>);
  const [name, last] = files.at(-1) ?? [];
  if (name === undefined || last === undefined) return undefined;
  const others = files.length === 1 ? "" : `, after ${formatCount(files.length - 1, "other file")}`;
  return `row ${formatCount(last.rows)} of ${basename(name)}${others}`;
}

function filesOf(cursor: JsonValue): JsonObject {
  if (isJsonObject(cursor) && cursor["version"] === CURSOR_VERSION && isJsonObject(cursor["files"])) {
    return cursor["files"];
  }
  throw new ConnectorError(
    "connection_invalid",
    "reading files: the stream's state was not written by this version of the connector. Go back to the version that wrote it, or reset the stream's state to load everything again.",
  );
}
