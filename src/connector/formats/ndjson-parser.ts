import type { Reject, Row } from "../define-connector.ts";
import { assertUtf8 } from "./encoding.ts";
import { parseJson } from "./exact-numbers.ts";
import type { FormatParser, Parsed, ParserStart } from "./format-parser.ts";
import { LineSlicer, MAX_FIELDS } from "./line-slicer.ts";

const LINE_FEED = 0x0a;

/** One object a line. What is not an object is rejected, with its line. */
export function createNdjsonParser(start: ParserStart): FormatParser {
  return new NdjsonParser(start);
}

class NdjsonParser implements FormatParser {
  readonly #name: string;
  #slicer = new LineSlicer();
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
    const lines = bytes.subarray(0, consumed);
    assertUtf8(lines, { name: this.#name, offset, line: this.#lines + 1 });
    return { consumed, ...this.#lineByLine(lines) };
  }

  /** Rows of one shape are slices under their keys; a block with too many different keys is a list of objects. */
  #lineByLine(bytes: Buffer): Omit<Parsed, "consumed"> {
    const slicer = this.#slicer;
    const places: number[] = [];
    const rejects: Reject[] = [];
    const firstLine = this.#lines;
    slicer.open(bytes);
    for (let start = 0; start < bytes.length; ) {
      this.#lines++;
      let next = slicer.slice(start);
      let isRow = next !== -1;
      if (!isRow) {
        const end = lineEnd(bytes, start);
        next = end + 1;
        const row = this.#parse(bytes.toString("utf8", start, end), { rejects, places });
        isRow = row !== undefined;
        if (row !== undefined) slicer.learn(row);
      }
      if (isRow) places.push(this.#lines);
      if (slicer.columns.length > MAX_FIELDS) return this.#asRecords(bytes, firstLine);
      start = next;
    }
    return { sliced: slicer.close(), places, rejects };
  }

  /** Undefined when the line is no row. */
  #parse(line: string, { rejects, places }: Found): Row | undefined {
    const value = parseLine(line);
    if (isRecord(value)) return value;
    if (value !== BLANK) rejects.push({ ...this.#reject(value, line), before: places.length });
    return undefined;
  }

  #asRecords(bytes: Buffer, firstLine: number): Omit<Parsed, "consumed"> {
    this.#slicer = new LineSlicer();
    this.#lines = firstLine;
    const rows: Row[] = [];
    const places: number[] = [];
    const rejects: Reject[] = [];
    for (let start = 0; start < bytes.length; ) {
      const end = lineEnd(bytes, start);
      this.#lines++;
      const row = this.#parse(bytes.toString("utf8", start, end), { rejects, places });
      if (row !== undefined) {
        rows.push(row);
        places.push(this.#lines);
      }
      start = end + 1;
    }
    return { rows, places, rejects };
  }

  #reject(value: unknown, line: string): Reject {
    return { position: this.positionOf(this.#lines), reason: reasonFor(value), text: line };
  }
}

/** What a block has held so far. */
interface Found {
  rejects: Reject[];
  places: readonly number[];
}

const BLANK = Symbol("blank line");
const BROKEN = Symbol("not JSON");

function parseLine(line: string): unknown {
  try {
    return parseJson(line);
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

function lineEnd(bytes: Buffer, start: number): number {
  const end = bytes.indexOf(LINE_FEED, start);
  return end === -1 ? bytes.length : end;
}
