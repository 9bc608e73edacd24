import type { Socket } from "node:net";
import type pg from "pg";
import { BINARY_HEADER, type CopyFormat } from "../copy.ts";
import type { RowLead } from "../row-lead.ts";
import { borrowBytes, keepBytes } from "./reading-socket.ts";

/** Bytes of COPY without the header and the trailer of the binary form. */
export interface CopiedBytes {
  copy: Buffer;
  /** Rows that end in these bytes. */
  count: number;
  /** Gives the buffer back for further bytes. Whoever keeps the bytes does not call it. */
  release: () => void;
}

/**
 * `copy … to stdout` in pieces of about 64 KiB that end between rows, save where a single row is
 * longer; every row begins with `lead`. Nothing else may use the client until it has ended. A server that is ahead of the reader is held back by its
 * socket. Rejects with the driver's own error. Left early, the connection is closed: there is no other way to stop it.
 */
export async function* copyOut(
  client: pg.Client,
  sql: string,
  format: CopyFormat,
  lead?: RowLead,
): AsyncGenerator<CopiedBytes> {
  const reading = client.query(new CopyOutQuery(sql, format, lead));
  try {
    for (;;) {
      const piece = await reading.next();
      if (piece === undefined) return;
      yield piece;
    }
  } finally {
    if (!reading.isOver) reading.stop();
  }
}

/** Large enough that what is done once a piece does not count; four times as much costs 25 MB more of memory. */
const PIECE_BYTES = 64 * 1024;

/** Pieces that wait for the reader before the socket is told to wait. */
const QUEUED_PIECES = 8;

const COPY_DATA = 0x64;
const COPY_DONE = 0x63;
/** CopyOutResponse, and what a server may say at any time: a notice, a notification, a parameter's new value. */
const IN_BETWEEN = new Set([0x48, 0x4e, 0x41, 0x53]);
/** A message's code and its length, which counts itself but not the code. */
const HEAD_BYTES = 5;
const TRAILER_BYTES = 2;

/**
 * Takes the socket over from the driver while rows come, because the driver makes an object of every one of them. The
 * server sends each row as one CopyData message; in binary form the header comes in the message of the first row and
 * the trailer in one of its own.
 */
class CopyOutQuery implements pg.Submittable {
  readonly #sql: string;
  readonly #isBinary: boolean;
  readonly #lead: RowLead | undefined;
  #socket: Socket | undefined;
  #driver: ((chunk: Buffer) => void) | undefined;

  /** Of the message being read. */
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #left = 0;
  /** What of the message is no row: passed over. */
  #skip = 0;
  #isRow = false;
  #isFirst = true;

  #piece: Buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  /** Buffers that came back: making new ones would leave dozens of megabytes to the garbage collector. */
  readonly #free: Buffer[] = [];
  #filled = 0;
  #count = 0;
  #queue: CopiedBytes[] = [];
  #failure: Error | undefined;
  #wake: () => void = () => {};
  isOver = false;

  constructor(sql: string, format: CopyFormat, lead: RowLead | undefined) {
    this.#sql = sql;
    this.#lead = lead;
    this.#isBinary = format === "binary";
  }

  /** Undefined at the end. */
  async next(): Promise<CopiedBytes | undefined> {
    for (;;) {
      const piece = this.#queue.shift();
      if (piece !== undefined) {
        if (this.#queue.length < QUEUED_PIECES) this.#socket?.resume();
        return piece;
      }
      if (this.#failure !== undefined) throw this.#failure;
      if (this.isOver) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  stop(): void {
    this.#socket?.destroy();
  }

  submit(connection: pg.Connection): void {
    const stream = connection.stream as Socket;
    this.#socket = stream;
    this.#driver = stream.listeners("data")[0] as (chunk: Buffer) => void;
    stream.removeListener("data", this.#driver);
    stream.on("data", this.#onData);
    borrowBytes(stream);
    connection.query(this.#sql);
  }

  readonly #onData = (chunk: Buffer): void => {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        at = this.#take(chunk, at);
        continue;
      }
      at = this.#readHead(chunk, at);
      if (this.#headBytes < HEAD_BYTES) continue;
      const code = this.#head[0] as number;
      if (code !== COPY_DATA && !IN_BETWEEN.has(code)) {
        this.#giveBack(chunk.subarray(at));
        return;
      }
      this.#beginMessage(code);
    }
    if (this.#queue.length >= QUEUED_PIECES) this.#socket?.pause();
  };

  #readHead(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + HEAD_BYTES - this.#headBytes);
    let to = this.#headBytes;
    for (let from = at; from < end; from++) this.#head[to++] = chunk[from] as number;
    this.#headBytes = to;
    return end;
  }

  #beginMessage(code: number): void {
    this.#headBytes = 0;
    this.#left = this.#head.readUInt32BE(1) - (HEAD_BYTES - 1);
    this.#isRow = code === COPY_DATA;
    this.#skip = this.#isRow ? 0 : this.#left;
    if (this.#isRow && this.#isBinary) this.#passOverFrame();
    if (this.#isRow && this.#lead !== undefined) this.#lay(this.#lead);
  }

  #passOverFrame(): void {
    if (this.#isFirst) this.#skip = BINARY_HEADER.length;
    this.#isFirst = false;
    if (this.#left - this.#skip !== TRAILER_BYTES) return;
    this.#skip = this.#left;
    this.#isRow = false;
  }

  /** Byte by byte, which for so few is faster than a copy. */
  #lay({ bytes, replaces }: RowLead): void {
    this.#skip += replaces;
    if (this.#filled + bytes.length + this.#left - this.#skip > PIECE_BYTES) this.#finishPiece();
    const piece = this.#piece;
    let to = this.#filled;
    for (let from = 0; from < bytes.length; from++) piece[to++] = bytes[from] as number;
    this.#filled = to;
  }

  /** Some or all of the rest of the message; returns where the next byte is. */
  #take(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    const from = Math.min(end, at + this.#skip);
    this.#skip -= from - at;
    if (from < end) this.#keep(chunk, from, end);
    if (this.#left === 0 && this.#isRow) this.#count += 1;
    return end;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    // A row that would be torn waits for the next piece, unless it is longer than a piece.
    if (this.#filled + (end - start) + this.#left > PIECE_BYTES) this.#finishPiece();
    for (let from = start; from < end; ) {
      const size = Math.min(end - from, PIECE_BYTES - this.#filled);
      this.#filled += chunk.copy(this.#piece, this.#filled, from, from + size);
      from += size;
      if (this.#filled === PIECE_BYTES) this.#finishPiece();
    }
  }

  #finishPiece(): void {
    if (this.#filled > 0) {
      const piece = this.#piece;
      const release = () => void this.#free.push(piece);
      this.#queue.push({ copy: piece.subarray(0, this.#filled), count: this.#count, release });
      this.#piece = this.#free.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
      this.#filled = 0;
      this.#count = 0;
    }
    this.#wake();
  }

  /** The driver goes on from here: with what it said is over, or with the server's error. */
  #giveBack(rest: Buffer): void {
    const socket = this.#socket as Socket;
    const driver = this.#driver as (chunk: Buffer) => void;
    socket.removeListener("data", this.#onData);
    socket.on("data", driver);
    keepBytes(socket);
    const isDone = this.#head[0] === COPY_DONE;
    // The driver keeps what it cannot read yet.
    driver(Buffer.concat(isDone ? [rest] : [this.#head, rest]));
    socket.resume();
  }

  handleError(error: Error): void {
    this.#failure ??= error;
    this.isOver = true;
    this.#wake();
  }

  handleReadyForQuery(): void {
    this.isOver = true;
    this.#finishPiece();
    this.#count = 0;
  }

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}
