import type { RecordBatch } from "../define-connector.ts";
import { ByteWindow } from "../formats/byte-window.ts";
import { MAX_RECORD_BYTES } from "../formats/format-parser.ts";
import { createJsonParser } from "../formats/json-parser.ts";

/** Bytes looked at together: large enough to be quick, small enough for a batch. */
const BLOCK_BYTES = 512 * 1024;

/**
 * The records at a pointer of a JSON document that comes in chunks, a block at a time: neither the document nor its
 * list is ever held whole. @throws what the parser of JSON files throws.
 */
export async function* streamRecords(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  pointer: string,
): AsyncGenerator<RecordBatch> {
  const window = new ByteWindow(withoutMark(chunks));
  const parser = createJsonParser({ name, place: 0 }, pointer);
  try {
    for (let wanted = BLOCK_BYTES, final = false; !final; ) {
      await window.fill(wanted);
      const bytes = window.bytes.subarray(0, wanted);
      final = window.ended && bytes.length === window.length;
      const { consumed, discarded = 0, rows = [], rejects, places } = parser.parse(bytes, window.offset, final);
      if (rows.length > 0 || rejects.length > 0) {
        yield { rows, rejects, bytes: consumed, positionOf: (index) => parser.positionOf(places[index] as number) };
      }
      window.consume(consumed);
      window.discard(discarded);
      wanted = consumed + discarded > 0 ? BLOCK_BYTES : nextSize(wanted, name);
    }
  } finally {
    await window.close();
  }
}

/** A record is longer than the block: twice as much is looked at. */
function nextSize(wanted: number, name: string): number {
  if (wanted <= MAX_RECORD_BYTES) return wanted * 2;
  throw new Error(`a record of ${name} is longer than ${MAX_RECORD_BYTES} bytes`);
}

async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let first = true;
  for await (const chunk of chunks) {
    const marked = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    yield marked ? chunk.subarray(3) : chunk;
    first = false;
  }
}
