import { BACKSLASH, digitsEnd, isAt, QUOTE, SPACE } from "../formats/json-tokens.ts";

/**
 * What messages have behind their records: the same in all of a stream's, but for the value of one member, a text or a
 * number, that differs from one to the next and says nothing of the row.
 */
export class MessageRest {
  readonly #before: Buffer;
  /** Behind the value; undefined where the member is missing. */
  readonly #after: Buffer | undefined;

  constructor(text: string, ignored: string) {
    const [, before = text, after] =
      new RegExp(`^(.*"${ignored}":\\s*)(?:"[^"\\\\]*"|\\d+)(.*)$`, "s").exec(text) ?? [];
    this.#before = Buffer.from(before);
    this.#after = after === undefined ? undefined : Buffer.from(after);
  }

  /** Whether it is what the bytes from `start` to `end` are. */
  isAt(bytes: Uint8Array, start: number, end: number): boolean {
    if (!isAt(this.#before, bytes, start)) return false;
    const at = start + this.#before.length;
    if (this.#after === undefined) return at === end;
    const behind = valueEnd(bytes, at, end);
    return behind + this.#after.length === end && isAt(this.#after, bytes, behind);
  }
}

/** Behind the digits, or the text without escapes, at `at`; `at` itself when neither is there. */
function valueEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== QUOTE) return digitsEnd(bytes, at);
  let to = at + 1;
  for (let code = bytes[to] as number; code !== QUOTE; code = bytes[++to] as number)
    if (to >= end || code < SPACE || code === BACKSLASH) return at;
  return to + 1;
}
