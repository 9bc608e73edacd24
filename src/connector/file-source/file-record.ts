import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { HASH_LENGTH, type HashedPart } from "../formats/byte-window.ts";
import type { Dialect } from "../formats/format-settings.ts";

/** How far one file has been read. */
export type FileRecord = {
  /** Bytes in the store when it was read. */
  size: number;
  /** Bytes of its text (unpacked, as UTF-8) that the rows loaded so far take. */
  offset: number;
  /** Hash of those bytes, from the last of `parts` on. */
  hash: string;
  /** What earlier reads had loaded that did not end with the file. */
  parts?: HashedPart[];
  rows: number;
  /** Lines or list items before `offset`. */
  place: number;
  /** It was read to its end. */
  done: boolean;
  /** How the file is written, as detected when it was begun. */
  dialect: Dialect;
  /** The last row had no newline behind it. */
  open_line?: true;
  /** What only this content has, as the store can tell without reading it. */
  proof?: string;
};

/*
 * A cursor may hold many thousand records, so that each is one short text, fields parted by spaces:
 *
 *   size offset rows place dialect[flags] hash proof [offset:hash …]
 *
 * `=` stands for an offset that is the size, `-` for no proof; the dialect is an index into a list beside them, its flags
 * are `+` for a file that was not read to its end and `/` for a last row without a newline.
 */
const UNFINISHED = "+";
const OPEN_LINE = "/";

export function packRecord(record: FileRecord, dialect: number): string {
  const { size, offset, rows, place, done, open_line, hash, proof = "-", parts = [] } = record;
  const flags = `${done ? "" : UNFINISHED}${open_line ? OPEN_LINE : ""}`;
  const fields = [size, offset === size ? "=" : offset, rows, place, `${dialect}${flags}`, hash, proof];
  return [...fields, ...parts.map((part) => part.join(":"))].join(" ");
}

/** Undefined when the text is not of a record. */
export function unpackRecord(text: string, dialects: readonly Dialect[]): FileRecord | undefined {
  const [size, offset, rows, place, how = "", hash, proof, ...parts] = text.split(" ");
  const dialect = dialects[Number.parseInt(how, 10)];
  if (dialect === undefined || hash === undefined || proof === undefined) return undefined;
  return {
    size: Number(size),
    offset: Number(offset === "=" ? size : offset),
    rows: Number(rows),
    place: Number(place),
    done: !how.includes(UNFINISHED),
    ...(how.includes(OPEN_LINE) ? { open_line: true as const } : {}),
    ...{ dialect, hash },
    ...(proof === "-" ? {} : { proof }),
    ...(parts.length === 0 ? {} : { parts: parts.map(unpackPart) }),
  };
}

/** All that is loaded of the file. */
export function hashedParts({ parts = [], offset, hash }: FileRecord): HashedPart[] {
  return [...parts, [offset, hash]];
}

/** A record as the first version of cursors had it: an object, with a longer hash and a proof of another kind. */
export function recordOfFirstVersion(value: unknown): FileRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const { stat: _, hash, ...rest } = value as JsonObject & { hash?: unknown };
  return typeof hash === "string"
    ? ({ ...rest, hash: hash.slice(0, HASH_LENGTH) } as unknown as FileRecord)
    : undefined;
}

function unpackPart(text: string): HashedPart {
  const [offset = "", hash = ""] = text.split(":");
  return [Number(offset), hash];
}
