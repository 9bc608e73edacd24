import type { RowLead } from "../row-lead.ts";

/** Bytes of COPY without the header and the trailer of the binary form. */
export interface CopiedBytes {
  copy: Buffer;
  /** Rows that end in these bytes. */
  count: number;
  /** Gives the buffer back for further bytes. Whoever keeps the bytes does not call it. */
  release: () => void;
}

/** Large enough that what is done once a piece does not count. */
export const PIECE_BYTES = 256 * 1024;

/** Rows are copied word by word, the last one with what follows them: there must be so much room behind their end. */
const WORD_BYTES = 8;
/** Words are faster than a call that copies so much. */
const WORDS_UP_TO_BYTES = 512;

const NO_LEAD: RowLead = { bytes: Buffer.alloc(0), replaces: 0 };

interface Room {
  bytes: Buffer;
  /** The same, for words. */
  words: DataView;
}

/** Buffers that came back: making new ones would leave dozens of megabytes to the garbage collector. */
export class RowRooms {
  readonly #free: Room[] = [];

  take(): Room {
    return this.#free.pop() ?? makeRoom();
  }

  giveBack(room: Room): void {
    this.#free.push(room);
  }
}

export interface RowPiecesOptions {
  lead?: RowLead | undefined;
  /** Of one COPY alone unless given. */
  rooms?: RowRooms;
}

/** Fills pieces with rows that come one in a message; each row begins with the lead, and goes into one piece where it fits. */
export class RowPieces {
  readonly #onPiece: (piece: CopiedBytes) => void;
  readonly #leadBytes: number;
  readonly #leadWords: BigUint64Array;
  readonly #replaces: number;
  readonly #rooms: RowRooms;
  #room: Room;
  #filled = 0;
  #count = 0;

  constructor({ lead = NO_LEAD, rooms = new RowRooms() }: RowPiecesOptions, onPiece: (piece: CopiedBytes) => void) {
    const { bytes, replaces } = lead;
    this.#rooms = rooms;
    this.#room = rooms.take();
    this.#onPiece = onPiece;
    this.#leadBytes = bytes.length;
    this.#leadWords = wordsOf(bytes);
    this.#replaces = replaces;
  }

  /**
   * Takes the messages of rows that lie in the chunk as a whole; returns where the first other one begins. A message is
   * `code`, four bytes of length, which count themselves, and at least `shortest` bytes of a row.
   */
  takeWhole(chunk: Buffer, start: number, { code, shortest }: { code: number; shortest: number }): number {
    const source = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    const end = chunk.length - WORD_BYTES;
    const replaces = this.#replaces;
    const leadBytes = this.#leadBytes;
    const lead = this.#leadWords;
    let target = this.#room.words;
    let [to, count] = [this.#filled, this.#count];
    let at = start;
    while (at + 5 <= end && chunk[at] === code) {
      const next = at + 1 + source.getUint32(at + 1);
      if (next > end || next - at - 5 < shortest) break;
      const from = at + 5 + replaces;
      const size = next - from;
      if (to + leadBytes + size > PIECE_BYTES) {
        [this.#filled, this.#count] = [to, count];
        this.finish();
        [target, to, count] = [this.#room.words, 0, 0];
        if (leadBytes + size > PIECE_BYTES) break;
      }
      for (let word = 0; word < lead.length; word++)
        target.setBigUint64(to + word * WORD_BYTES, lead[word] as bigint, true);
      to += leadBytes;
      if (size > WORDS_UP_TO_BYTES) chunk.copy(this.#room.bytes, to, from, next);
      else
        for (let word = 0; word < size; word += WORD_BYTES)
          target.setBigUint64(to + word, source.getBigUint64(from + word, true), true);
      to += size;
      count += 1;
      at = next;
    }
    [this.#filled, this.#count] = [to, count];
    return at;
  }

  /** A row of so many bytes begins, which comes in parts. Returns how many of its bytes the lead has taken the place of. */
  begin(size: number): number {
    if (this.#leadBytes === 0) return 0;
    if (this.#filled + this.#leadBytes + size - this.#replaces > PIECE_BYTES) this.finish();
    this.#leadWords.forEach((word, at) => {
      this.#room.words.setBigUint64(this.#filled + at * WORD_BYTES, word, true);
    });
    this.#filled += this.#leadBytes;
    return this.#replaces;
  }

  /** A part of the row that has begun; `left` bytes of it follow. */
  add(chunk: Buffer, start: number, end: number, left: number): void {
    // A row that would be torn waits for the next piece, unless it is longer than a piece.
    if (this.#filled + (end - start) + left > PIECE_BYTES) this.finish();
    for (let from = start; from < end; ) {
      // Not as soon as it is full: the row that ends there counts among its own.
      if (this.#filled === PIECE_BYTES) this.finish();
      const size = Math.min(end - from, PIECE_BYTES - this.#filled);
      this.#filled += chunk.copy(this.#room.bytes, this.#filled, from, from + size);
      from += size;
    }
  }

  endRow(): void {
    this.#count += 1;
  }

  /** Nothing more comes. */
  end(): void {
    this.finish();
    this.#rooms.giveBack(this.#room);
  }

  /** Hands over what there is, if anything. */
  finish(): void {
    if (this.#filled === 0) return;
    const room = this.#room;
    const release = () => this.#rooms.giveBack(room);
    this.#onPiece({ copy: room.bytes.subarray(0, this.#filled), count: this.#count, release });
    this.#room = this.#rooms.take();
    this.#filled = 0;
    this.#count = 0;
  }
}

function makeRoom(): Room {
  const bytes = Buffer.allocUnsafeSlow(PIECE_BYTES + WORD_BYTES);
  return { bytes, words: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) };
}

function wordsOf(bytes: Buffer): BigUint64Array {
  const words = Buffer.alloc(Math.ceil(bytes.length / WORD_BYTES) * WORD_BYTES);
  bytes.copy(words);
  return BigUint64Array.from({ length: words.length / WORD_BYTES }, (_, at) => words.readBigUInt64LE(at * WORD_BYTES));
}
