import { createHash } from "node:crypto";

/** Postgres cuts longer names off without a word (NAMEDATALEN - 1), so that two of them could become one. */
export const MAX_IDENTIFIER_BYTES = 63;

/** Hex digits of the hash that keeps shortened names apart. */
const HASH_DIGITS = 8;

/** `"name"`, whatever is in it. A NUL cannot be part of a name in Postgres. */
export function quoteIdentifier(name: string): string {
  if (name.includes("\0")) throw new RangeError("a name in Postgres cannot hold a NUL character");
  return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."table"` */
export function quoteTable(schema: string, table: string): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** `'text'`, for the few statements that take no parameters. Right whatever `standard_conforming_strings` is. */
export function quoteLiteral(text: string): string {
  if (text.includes("\0")) throw new RangeError("a text in Postgres cannot hold a NUL character");
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/**
 * The name with its suffix in at most 63 bytes. A name that is too long is cut between characters and gets a hash of
 * the whole, so that different names stay different and the same name always becomes the same.
 */
export function fitIdentifier(name: string, suffix = ""): string {
  const room = MAX_IDENTIFIER_BYTES - Buffer.byteLength(suffix);
  if (Buffer.byteLength(name) <= room) return name + suffix;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, HASH_DIGITS);
  return `${cutToBytes(name, room - HASH_DIGITS - 1)}_${hash}${suffix}`;
}

function cutToBytes(text: string, limit: number): string {
  let bytes = 0;
  let cut = "";
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    cut += character;
  }
  return cut;
}
