import { isAscii, isUtf8 } from "node:buffer";
import { ConnectorError } from "../connector-error.ts";

/** A byte order mark is at most this long. */
export const MARK_BYTES = 3;

/**
 * The same text as UTF-8, without a byte order mark. `encoding` is a label that TextDecoder knows; without one a byte
 * order mark decides, else the bytes are taken for UTF-8 and passed on as they are (`decodeUtf8` checks them).
 */
export async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
  name: string,
): AsyncGenerator<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]();
  try {
    const head = await readHead(source);
    const label = encoding === undefined ? detectEncoding(head) : new TextDecoder(encoding).encoding;
    const whole = prepend(head, source);
    if (label === "utf-8") yield* withoutMark(whole);
    else yield* transcode(whole, label, name);
  } finally {
    await source.return?.();
  }
}

/** Whether TextDecoder knows the label. */
export function isEncoding(label: string): boolean {
  try {
    return new TextDecoder(label, { fatal: true }).encoding !== "";
  } catch {
    return false;
  }
}

/** What a byte order mark at the start says; `utf-8` without one. */
export function detectEncoding(head: Uint8Array): string {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  return "utf-8";
}

/** Bytes of the byte order mark that UTF-8 begins with, if it does. */
export function markLength(head: Uint8Array): number {
  return head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? MARK_BYTES : 0;
}

/** `offset` is where bytes stand in the text of the file, `line` the number of their first line. */
interface BytesPlace {
  name: string;
  offset: number;
  line?: number;
}

/** The text of whole characters of UTF-8. @throws ConnectorError source_encoding */
export function decodeUtf8(bytes: Buffer, place: BytesPlace): string {
  if (isAscii(bytes)) return bytes.toString("latin1");
  assertUtf8(bytes, place);
  return bytes.toString("utf8");
}

/** @throws ConnectorError source_encoding, with the place of the first byte that is not UTF-8 */
export function assertUtf8(bytes: Buffer, place: BytesPlace): void {
  if (isUtf8(bytes)) return;
  const bad = firstInvalid(bytes);
  const offset = place.offset + bad;
  const line = place.line === undefined ? undefined : place.line + countLines(bytes.subarray(0, bad));
  const where = line === undefined ? `byte ${offset}` : `line ${line} (byte ${offset})`;
  throw new ConnectorError(
    "source_encoding",
    `reading ${place.name}: ${where} is not UTF-8. Set the option \`encoding\`, for example to windows-1252 or utf-16le.`,
    { details: { file: place.name, offset, ...(line === undefined ? {} : { line }) } },
  );
}

async function readHead(source: AsyncIterator<Uint8Array>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < MARK_BYTES) {
    const next = await source.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  return head;
}

async function* prepend(head: Buffer, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
}

async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const chunk of chunks) {
    yield first ? chunk.subarray(markLength(chunk)) : chunk;
    first = false;
  }
}

async function* transcode(chunks: AsyncIterable<Uint8Array>, label: string, name: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(label, { fatal: true });
  let offset = 0;
  for await (const chunk of chunks) {
    yield decodePart(decoder, chunk, { label, name, offset });
    offset += chunk.length;
  }
  yield decodePart(decoder, undefined, { label, name, offset });
}

function decodePart(
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Uint8Array | undefined,
  place: { label: string; name: string; offset: number },
): Buffer {
  try {
    const text = chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    return Buffer.from(text, "utf8");
  } catch (cause) {
    const offset = place.offset + (chunk === undefined ? 0 : firstRefused(place.label, chunk));
    const message = `reading ${place.name}: byte ${offset} is not ${place.label}. Set the option \`encoding\` to what the file is in.`;
    throw new ConnectorError("source_encoding", message, { cause, details: { file: place.name, offset } });
  }
}

/** Index of the first byte at which a decoder that starts with this chunk gives up. */
function firstRefused(label: string, chunk: Uint8Array): number {
  const decoder = new TextDecoder(label, { fatal: true });
  for (let i = 0; i < chunk.length; i++) {
    try {
      decoder.decode(chunk.subarray(i, i + 1), { stream: true });
    } catch {
      return i;
    }
  }
  return chunk.length;
}

/** Index of the first byte that does not belong to a character: where decoding puts a U+FFFD that is not in the bytes. */
function firstInvalid(bytes: Buffer): number {
  const text = bytes.toString("utf8");
  let offset = 0;
  let from = 0;
  for (;;) {
    const at = text.indexOf("\uFFFD", from);
    if (at === -1) return bytes.length;
    offset += Buffer.byteLength(text.slice(from, at));
    const meant = bytes[offset] === 0xef && bytes[offset + 1] === 0xbf && bytes[offset + 2] === 0xbd;
    if (!meant) return offset;
    offset += 3;
    from = at + 1;
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) count++;
  return count;
}
