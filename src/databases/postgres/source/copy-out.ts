import type { Socket } from "node:net";
import type pg from "pg";
import { BINARY_HEADER, type CopyFormat } from "../copy.ts";
import { borrowBytes, keepBytes } from "./reading-socket.ts";
import { type CopiedBytes, RowPieces, type RowPiecesOptions } from "./row-pieces.ts";

/**
 * `copy … to stdout` in pieces of about 256 KiB that end between rows, save where a single row is longer; every row
 * begins with the lead. Nothing else may use the client until it has ended. A server that is ahead of the reader is
 * held back by its socket. Rejects with the driver's own error. Left early, the connection is closed: there is no other way to stop it.
 */
export async function* copyOut(
  client: pg.Client,
  sql: string,
  format: CopyFormat,
  options: RowPiecesOptions = {},
): AsyncGenerator<CopiedBytes> {
  const reading = client.query(new CopyOutQuery(sql, format, options));
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

/** Pieces that wait for the reader before the socket is told to wait. */
const QUEUED_PIECES = 4;

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
  #socket: Socket | undefined;
  #driver: ((chunk: Buffer) => void) | undefined;

  /** Of a message that does not lie in one chunk as a whole, or is no row. */
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #headBytes = 0;
  #left = 0;
  /** What of the message is no row: passed over. */
  #skip = 0;
  #isRow = false;
  #isFirst = true;

  readonly #pieces: RowPieces;
  #queue: CopiedBytes[] = [];
  #failure: Error | undefined;
  #wake: () => void = () => {};
  isOver = false;

  constructor(sql: string, format: CopyFormat, options: RowPiecesOptions) {
    this.#sql = sql;
    this.#isBinary = format === "binary";
    this.#pieces = new RowPieces(options, (piece) => {
      this.#queue.push(piece);
      this.#wake();
    });
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
    const rows = { code: COPY_DATA, shortest: this.#isBinary ? TRAILER_BYTES + 1 : 0 };
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        at = this.#take(chunk, at);
        continue;
      }
      if (this.#headBytes === 0 && !this.#isFirst) at = this.#pieces.takeWhole(chunk, at, rows);
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
    if (!this.#isRow) return;
    if (this.#isBinary) this.#passOverFrame();
    this.#isFirst = false;
    if (this.#isRow) this.#skip += this.#pieces.begin(this.#left - this.#skip);
  }

  #passOverFrame(): void {
    if (this.#isFirst) this.#skip = BINARY_HEADER.length;
    if (this.#left - this.#skip !== TRAILER_BYTES) return;
    this.#skip = this.#left;
    this.#isRow = false;
  }

  /** Some or all of the rest of the message; returns where the next byte is. */
  #take(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    this.#left -= end - at;
    const from = Math.min(end, at + this.#skip);
    this.#skip -= from - at;
    if (from < end) this.#pieces.add(chunk, from, end, this.#left);
    if (this.#left === 0 && this.#isRow) this.#pieces.endRow();
    return end;
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
    this.#pieces.end();
    this.#wake();
  }

  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}
