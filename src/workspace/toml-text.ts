import { createRequire } from "node:module";

export type TomlValue = string | number | bigint | boolean | Date | TomlValue[] | TomlTable;
export type TomlTable = { [key: string]: TomlValue };

/** Says where TOML is wrong without quoting the text: it may be a secret. */
export class TomlSyntaxError extends Error {
  override readonly name = "TomlSyntaxError";
  readonly line: number;
  readonly column: number;

  constructor(place: { line: number; column: number }, message: string) {
    super(message);
    this.line = place.line;
    this.column = place.column;
  }
}

interface ParserError extends Error {
  /** From 0. */
  line?: number;
  col?: number;
}

/** Throws TomlSyntaxError. The parser takes a carriage return after a comment for part of it, so lines end plainly. */
export function parseToml(text: string): TomlTable {
  const load = createRequire(import.meta.url);
  const parse = load("@iarna/toml/parse-string.js") as (text: string) => TomlTable;
  try {
    return parse(text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n"));
  } catch (error) {
    const { line = 0, col = 0, message } = error as ParserError;
    throw new TomlSyntaxError({ line: line + 1, column: col + 1 }, reasonOf(message));
  }
}

export function isTomlTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}

/** The parser's own words up to where it begins to quote the file. */
function reasonOf(message: string): string {
  const reason = message.split(/ at row \d+|:/)[0] ?? "";
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}
