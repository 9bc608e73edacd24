import { freeBytes } from "../../core/free-bytes.ts";
import { escapeCopyText } from "./cell-encoder.ts";

const BACKSLASH = 0x5c;

/** What stands behind the backslash in place of a character; 0 where it stands as it is. */
const ESCAPES = Uint8Array.from({ length: 256 }, (_, code) => {
  const escaped = escapeCopyText(String.fromCharCode(code));
  return escaped.length === 2 ? escaped.charCodeAt(1) : 0;
});

/** Lines of COPY text, as bytes in a buffer that grows. */
export class CopyText {
  bytes: Buffer;
  length = 0;

  constructor(bytes: Buffer = Buffer.allocUnsafeSlow(0)) {
    this.bytes = bytes;
  }

  /** Makes room for so many bytes more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, Math.min(2 * this.bytes.length, needed + MOST_SPARE)));
    this.bytes.copy(larger, 0, 0, this.length);
    freeBytes(this.bytes);
    this.bytes = larger;
  }

  /** Needs room; so short a copy is quicker byte by byte. */
  add(from: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let to = this.length;
    if (end - start > SHORT) to += (from as Buffer).copy(bytes, to, start, end);
    else for (let at = start; at < end; at++) bytes[to++] = from[at] as number;
    this.length = to;
  }

  /** Adds a text as COPY writes it; false when it holds a NUL, which it cannot. */
  addEscaped(from: Uint8Array, start: number, end: number): boolean {
    this.reserve(2 * (end - start));
    const { bytes } = this;
    let to = this.length;
    for (let at = start; at < end; at++) {
      const code = from[at] as number;
      const letter = ESCAPES[code] as number;
      if (code === 0) return false;
      if (letter !== 0) bytes[to++] = BACKSLASH;
      bytes[to++] = letter === 0 ? code : letter;
    }
    this.length = to;
    return true;
  }

  /** Needs room. */
  addByte(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  addText(text: string): void {
    // No character takes more in UTF-8 than three bytes for each of its units.
    this.reserve(3 * text.length);
    this.length += this.bytes.write(text, this.length, "utf8");
  }
}

/** Bytes that are copied as quickly one by one as by a call. */
const SHORT = 36;
const MOST_SPARE = 1024 * 1024;
