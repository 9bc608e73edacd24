import { createCsvParser, readCsvHead } from "./csv-parser.ts";
import type { FormatSample } from "./detect-format.ts";
import type { FormatParser } from "./format-parser.ts";
import type { FormatSettings, TextDialect } from "./format-settings.ts";
import { createJsonParser } from "./json-parser.ts";
import { createNdjsonParser } from "./ndjson-parser.ts";

/** Where a file is to be read from: `rows` of it are loaded, the last before `place`. */
export interface ReadFrom {
  place: number;
  rows: number;
}

export interface OpenParser {
  parser: FormatParser;
  /** Bytes at the beginning that hold no rows. */
  headBytes: number;
}

/** Undefined when the sample is too short to tell. */
export function openParser(
  sample: FormatSample,
  file: { dialect: TextDialect; settings: FormatSettings; from: ReadFrom },
): OpenParser | undefined {
  const { dialect, settings, from } = file;
  const { name, bytes, final } = sample;
  if (dialect.format === "ndjson") return { parser: createNdjsonParser({ name, place: from.place }), headBytes: 0 };
  if (dialect.format === "json") {
    return { parser: createJsonParser({ name, place: from.place }, dialect.records), headBytes: 0 };
  }
  const head = readCsvHead(bytes, final, { name, dialect, settings });
  if (head === undefined) return undefined;
  const place = from.rows === 0 ? head.lines : from.place;
  return { parser: createCsvParser({ name, place }, head, { dialect, settings }), headBytes: head.bytes };
}
