import { BACKSLASH, CLOSE, CLOSE_LIST, COMMA, OPEN, OPEN_LIST, QUOTE, SPACE } from "./json-tokens.ts";

const COLON = 0x3a;

/** Where the value of a member of the watched object begins. */
export interface MemberStart {
  /** The key as it is written, without its quotes. */
  key: string;
  /** Index of the value's first byte. */
  index: number;
}

/**
 * Walks through JSON text that comes in pieces and stops at each member of the objects at one depth. It does not check
 * the text: what is inside is parsed by `JSON.parse` later, the rest only has to be balanced.
 */
export class JsonScanner {
  /** Open objects and lists around the next byte. */
  depth: number;
  /** Something stands outside of any object and list; a caller that minds resets it first. */
  outside = false;
  #inString = false;
  #escaped = false;
  /** In the watched object: between `{` or `,` and `:`. */
  #beforeColon = false;
  #beforeValue = false;
  #key: number[] = [];

  constructor(depth = 0) {
    this.depth = depth;
  }

  /**
   * Reads `bytes` from `from` on: to the first byte of a value in an object at `watched` depth (1 is the document's own
   * object), to behind the end of such an object ("closed"), or through to the end of the bytes. Call it again with the
   * index that was returned.
   */
  next(bytes: Uint8Array, from: number, watched: number): MemberStart | "closed" | undefined {
    for (let index = from; index < bytes.length; index++) {
      const byte = bytes[index] as number;
      if (this.#inString) {
        this.#string(byte, watched);
      } else if (byte > SPACE) {
        if (this.#beforeValue) {
          this.#beforeValue = false;
          return { key: Buffer.from(this.#key).toString("utf8"), index };
        }
        this.#structure(byte, watched);
        if (this.depth === watched - 1 && (byte === CLOSE || byte === CLOSE_LIST)) return "closed";
      }
    }
    return undefined;
  }

  #string(byte: number, watched: number): void {
    if (!this.#escaped && byte === QUOTE) this.#inString = false;
    else if (this.#beforeColon && this.depth === watched) this.#key.push(byte);
    this.#escaped = !this.#escaped && byte === BACKSLASH;
  }

  #structure(byte: number, watched: number): void {
    if (this.depth === 0) this.outside = true;
    if (byte === QUOTE) {
      this.#inString = true;
    } else if (byte === OPEN || byte === OPEN_LIST) {
      this.depth++;
      if (this.depth === watched) this.#expectKey(byte === OPEN);
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      this.depth--;
    } else if (this.depth === watched && byte === COMMA) {
      this.#expectKey(true);
    } else if (this.depth === watched && byte === COLON) {
      this.#beforeValue = this.#beforeColon;
      this.#beforeColon = false;
    }
  }

  #expectKey(expected: boolean): void {
    this.#beforeColon = expected;
    this.#key = [];
  }
}

/** Index of the first byte at or behind `from` that is not white space; -1 when there is none. */
export function nonBlank(bytes: Uint8Array, from: number): number {
  for (let index = from; index < bytes.length; index++) if ((bytes[index] as number) > SPACE) return index;
  return -1;
}

/** How far a run of list items reaches. */
export interface ItemsEnd {
  /** Index behind the last whole item. */
  end: number;
  /** Index of the bracket that closes the list, when it is there. */
  close: number;
}

/** Finds whole items in bytes that start inside a list, before an item or the comma before it. */
export function scanItems(bytes: Uint8Array): ItemsEnd {
  let depth = 0;
  let end = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === QUOTE) {
      index = stringEnd(bytes, index + 1);
    } else if (byte === OPEN || byte === OPEN_LIST) {
      depth++;
    } else if (byte === CLOSE || byte === CLOSE_LIST) {
      if (depth === 0) return { end: index, close: index };
      depth--;
      if (depth === 0) end = index + 1;
    } else if (byte === COMMA && depth === 0) {
      end = index;
    }
  }
  return { end, close: -1 };
}

/** Index of the object's closing bracket in bytes that start with its opening one; -1 when it is not there. */
export function scanObject(bytes: Uint8Array): number {
  let depth = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number;
    if (byte === QUOTE) index = stringEnd(bytes, index + 1);
    else if (byte === OPEN || byte === OPEN_LIST) depth++;
    else if (byte === CLOSE || byte === CLOSE_LIST) depth--;
    if (depth === 0) return index < bytes.length ? index : -1;
  }
  return -1;
}

/** Index of the quote that ends a string; the length of the bytes when it is not there. */
function stringEnd(bytes: Uint8Array, from: number): number {
  let index = from;
  while (index < bytes.length) {
    const byte = bytes[index] as number;
    if (byte === QUOTE) return index;
    index += byte === BACKSLASH ? 2 : 1;
  }
  return bytes.length;
}
