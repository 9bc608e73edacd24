import type { Reject, Row } from "../define-connector.ts";
import { decodeUtf8 } from "./encoding.ts";
import { hasInexactNumber, parseExactJson } from "./exact-numbers.ts";
import type { FormatParser, Parsed, ParserStart } from "./format-parser.ts";
import { jsonBroken, jsonTruncated, recordsMissing } from "./json-errors.ts";
import { pointerKeys, unescapeKey } from "./json-pointer.ts";
import { JsonScanner, nonBlank, scanItems, scanObject } from "./json-scanner.ts";
import { isRecord, kindOf } from "./ndjson-parser.ts";

/**
 * The records of one JSON document: the items of the list that the pointer `records` names, or the one object that it
 * names. Items are cut out of the bytes and parsed a block at a time, so that the document is never held whole.
 *
 * First it seeks the records, then come the items, then the rest, which only has to be balanced. A start that has a
 * place is behind an item of the list. The offset never moves past the last item: a list that has become longer is
 * continued there.
 */
export function createJsonParser(start: ParserStart, records: string): FormatParser {
  return new JsonParser(start, records);
}

const CLOSE_LIST = 0x5d;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;

type Rows = Omit<Parsed, "consumed">;

class JsonParser implements FormatParser {
  readonly #name: string;
  readonly #records: string;
  readonly #path: readonly string[];
  readonly #scanner: JsonScanner;
  #phase: "seek" | "list" | "object" | "rest";
  /** Keys of the path that have been found. */
  #found = 0;
  #items: number;

  constructor(start: ParserStart, records: string) {
    this.#name = start.name;
    this.#records = records;
    this.#path = pointerKeys(records);
    this.#items = start.place;
    this.#phase = start.place === 0 ? "seek" : "list";
    this.#scanner = new JsonScanner(start.place === 0 ? 0 : this.#path.length);
  }

  get place(): number {
    return this.#items;
  }

  positionOf(place: number): string {
    return `${this.#name}#${this.#records}/${place}`;
  }

  parse(bytes: Buffer, offset: number, final: boolean): Parsed {
    const used = this.#phase === "seek" ? this.#seek(bytes, offset, final) : 0;
    if (this.#phase === "seek") return { consumed: used, ...noRows() };
    const parsed = this.#parseFrom(bytes.subarray(used), offset + used, final);
    return { ...parsed, consumed: used + parsed.consumed };
  }

  #parseFrom(bytes: Buffer, offset: number, final: boolean): Parsed {
    if (this.#phase === "list") return this.#list(bytes, offset, final);
    if (this.#phase === "object") return this.#object(bytes, offset, final);
    this.#rest(bytes, offset, final);
    return { consumed: 0, discarded: bytes.length, ...noRows() };
  }

  /** Index of the records' first byte, or the number of bytes when they begin further on. */
  #seek(bytes: Buffer, offset: number, final: boolean): number {
    let at = this.#path.length === 0 ? nonBlank(bytes, 0) : 0;
    while (this.#found < this.#path.length && at !== -1) at = this.#seekKey(bytes, at);
    if (at !== -1) return this.#begin(bytes, at, offset);
    if (!final || !this.#scanner.outside) return bytes.length;
    throw this.#scanner.depth > 0 ? jsonTruncated(this.#name, 0) : recordsMissing(this.#name, this.#records);
  }

  /** Index of the value of the next key of the path, or of where to go on; -1 at the end of the bytes. */
  #seekKey(bytes: Buffer, from: number): number {
    const member = this.#scanner.next(bytes, from, this.#found + 1);
    if (member === undefined) return -1;
    if (member === "closed") throw recordsMissing(this.#name, this.#records);
    if (unescapeKey(member.key) === this.#path[this.#found]) {
      this.#found++;
      const last = this.#found === this.#path.length;
      if (!last && bytes[member.index] !== OPEN_OBJECT) throw recordsMissing(this.#name, this.#records);
    }
    return member.index;
  }

  #begin(bytes: Buffer, at: number, offset: number): number {
    const first = bytes[at];
    if (first !== OPEN_LIST && first !== OPEN_OBJECT) {
      throw this.#broken(offset + at, "neither a list nor an object stands where the records should be");
    }
    this.#phase = first === OPEN_LIST ? "list" : "object";
    return first === OPEN_LIST ? at + 1 : at;
  }

  #list(bytes: Buffer, offset: number, final: boolean): Parsed {
    const { end, close } = scanItems(bytes);
    if (close === -1 && final) throw jsonTruncated(this.#name, this.#items);
    const text = decodeUtf8(bytes.subarray(0, end), { name: this.#name, offset });
    const before = this.#items;
    const rows = text.trim() === "" ? noRows() : this.#sort(this.#parseItems(text, offset));
    const consumed = this.#items === before ? 0 : end - trailingBlanks(text);
    if (close === -1) return { ...rows, consumed };
    if (bytes[close] !== CLOSE_LIST) throw this.#broken(offset + close, "an item is closed that is not open");
    this.#phase = "rest";
    this.#rest(bytes.subarray(close + 1), offset + close + 1, final);
    return { ...rows, consumed, discarded: bytes.length - consumed };
  }

  /** Items with their commas: one before each but the first of the list. */
  #parseItems(text: string, offset: number): unknown[] {
    const content = text.trimStart();
    const comma = content.startsWith(",");
    if (comma !== this.#items > 0) throw this.#broken(offset, comma ? "an item is missing" : "a comma is missing");
    const items = this.#parseJson(`[${comma ? content.slice(1) : content}]`, offset);
    if (items.length === 0) throw this.#broken(offset, "an item is missing");
    return items;
  }

  #object(bytes: Buffer, offset: number, final: boolean): Parsed {
    const close = scanObject(bytes);
    if (close === -1 && final) throw jsonTruncated(this.#name, this.#items);
    if (close === -1) return { consumed: 0, ...noRows() };
    const consumed = close + 1;
    const text = decodeUtf8(bytes.subarray(0, consumed), { name: this.#name, offset });
    const rows = this.#sort(this.#parseJson(`[${text}]`, offset));
    this.#phase = "rest";
    this.#rest(bytes.subarray(consumed), offset + consumed, final);
    return { ...rows, consumed, discarded: bytes.length - consumed };
  }

  /** What follows the records is not loaded and may change; it only has to be there. */
  #rest(bytes: Buffer, offset: number, final: boolean): void {
    this.#scanner.outside = false;
    this.#scanner.next(bytes, 0, NOWHERE);
    if (this.#scanner.outside) throw this.#broken(offset, "something follows the end of the document");
    if (final && this.#scanner.depth > 0) throw jsonTruncated(this.#name, this.#items);
  }

  #parseJson(text: string, offset: number): unknown[] {
    try {
      return (hasInexactNumber(text) ? parseExactJson(text) : JSON.parse(text)) as unknown[];
    } catch (cause) {
      throw this.#broken(offset, (cause as Error).message, cause);
    }
  }

  /** Objects are rows; whatever else the list holds is rejected. */
  #sort(items: unknown[]): Rows {
    const found: { rows: Row[]; places: number[]; rejects: Reject[] } = { rows: [], places: [], rejects: [] };
    for (const item of items) {
      const place = this.#items++;
      if (isRecord(item)) {
        found.rows.push(item);
        found.places.push(place);
      } else {
        const reason = `not an object but ${kindOf(item)}`;
        const before = found.rows.length;
        found.rejects.push({ position: this.positionOf(place), reason, ...shownItem(item), before });
      }
    }
    return found;
  }

  #broken(offset: number, what: string, cause?: unknown): Error {
    return jsonBroken({ name: this.#name, offset, record: this.#items }, what, cause);
  }
}

/** A depth that no object has. */
const NOWHERE = -2;

function noRows(): Rows {
  return { rows: [], rejects: [], places: [] };
}

/** Nothing of what is nested more deeply than can be written. */
function shownItem(item: unknown): { text?: string } {
  try {
    return { text: JSON.stringify(item) };
  } catch {
    return {};
  }
}

function trailingBlanks(text: string): number {
  return text.length - text.trimEnd().length;
}
