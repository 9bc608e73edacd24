import { freeBytes } from "../../core/free-bytes.ts";

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
