import type { Reject } from "../define-connector.ts";
import { decodeUtf8 } from "./encoding.ts";
import { hasInexactNumber, parseExactJson } from "./exact-numbers.ts";
import type { FormatParser, Parsed, ParserStart } from "./format-parser.ts";
import { LineShape, MAX_FIELDS } from "./line-shape.ts";

const LINE_FEED = 0x0a;

/** Inside of a line these can only be white space between tokens or a mistake: `JSON.parse` knows which. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
const CONTROL = /[\0-\x09\x0b-\x1f]/;

/** One object a line. What is not an object is rejected, with its line. */
export function createNdjsonParser(start: ParserStart): FormatParser {
  return new NdjsonParser(start);
}

class NdjsonParser implements FormatParser {
  readonly #name: string;
  #shape = new LineShape();
  #lines: number;

  constructor(start: ParserStart) {
    this.#name = start.name;
    this.#lines = start.place;
  }

  get place(): number {
    return this.#lines;
  }

  positionOf(place: number): string {
    return `${this.#name}:${place}`;
  }

  parse(bytes: Buffer, offset: number, final: boolean): Parsed {
    const consumed = final ? bytes.length : bytes.lastIndexOf(LINE_FEED) + 1;
    const place = { name: this.#name, offset, line: this.#lines + 1 };
    return { consumed, ...this.#lineByLine(decodeUtf8(bytes.subarray(0, consumed), place)) };
  }

  /** Rows of one shape are values under their keys; a block with too many different keys is a list of objects. */
  #lineByLine(text: string): Omit<Parsed, "consumed"> {
    const shape = this.#shape;
    const places: number[] = [];
    const rejects: Reject[] = [];
    const firstLine = this.#lines;
    const isPlain = !CONTROL.test(text);
    shape.open(text);
    for (let start = 0; start < text.length; ) {
      const end = lineEnd(text, start);
      this.#lines++;
      if ((isPlain && shape.read(start, end)) || this.#parse(text.slice(start, end), rejects)) places.push(this.#lines);
      if (shape.columns.length > MAX_FIELDS) return this.#asRecords(text, firstLine);
      start = end + 1;
    }
    return { columns: [...shape.columns], values: shape.close(), untyped: shape.numbers, places, rejects };
  }

  /** True when the line is a row. */
  #parse(line: string, rejects: Reject[]): boolean {
    const value = parseLine(line);
    if (isRecord(value)) this.#shape.learn(value);
    else if (value !== BLANK) rejects.push(this.#reject(value, line));
    return isRecord(value);
  }

  #asRecords(text: string, firstLine: number): Omit<Parsed, "consumed"> {
    this.#shape = new LineShape();
    this.#lines = firstLine;
    const rows: Record<string, unknown>[] = [];
    const places: number[] = [];
    const rejects: Reject[] = [];
    for (let start = 0; start < text.length; ) {
      const end = lineEnd(text, start);
      const line = text.slice(start, end);
      const value = parseLine(line);
      this.#lines++;
      if (isRecord(value)) {
        rows.push(value);
        places.push(this.#lines);
      } else if (value !== BLANK) rejects.push(this.#reject(value, line));
      start = end + 1;
    }
    return { rows, places, rejects };
  }

  #reject(value: unknown, line: string): Reject {
    return { position: this.positionOf(this.#lines), reason: reasonFor(value), text: line };
  }
}

const BLANK = Symbol("blank line");
const BROKEN = Symbol("not JSON");

function parseLine(line: string): unknown {
  try {
    return hasInexactNumber(line) ? parseExactJson(line) : JSON.parse(line);
  } catch {
    return line.trim() === "" ? BLANK : BROKEN;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function reasonFor(value: unknown): string {
  return value === BROKEN ? "not valid JSON" : `not an object but ${kindOf(value)}`;
}

export function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end === -1 ? text.length : end;
}
