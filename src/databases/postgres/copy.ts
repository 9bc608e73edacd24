import type { Socket } from "node:net";
import type pg from "pg";
import { type CopyStreamQuery, from } from "pg-copy-streams";
import { reached } from "../../core/milestones.ts";
import { quoteIdentifier } from "./identifiers.ts";

export type CopyFormat = "text" | "binary";

/** COPY … FROM STDIN that is in progress on a client. Nothing else may use the client until it ends. */
export interface CopyIn {
  /** Resolves when the next chunk may be made. `release` is called once the chunk is no longer needed. */
  write(chunk: Buffer, release?: () => void): Promise<void>;
  /** Completes the COPY; returns how many rows the server took. */
  end(): Promise<number>;
  /** Gives the COPY up; the transaction around it can only be rolled back. */
  abort(): Promise<void>;
}

/** In binary format chunks hold rows only: the header and the trailer are written here. */
export function startCopy(
  client: pg.Client,
  quotedTable: string,
  columns: readonly string[],
  format: CopyFormat = "text",
): CopyIn {
  const list = columns.map(quoteIdentifier).join(", ");
  return new CopyInStream(client, `copy ${quotedTable} (${list}) from stdin (format ${format})`, format);
}

/** Signature, flags and the length of an extension that nobody uses. */
export const BINARY_HEADER = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);
const BINARY_TRAILER = Buffer.from([0xff, 0xff]);

interface Chunk {
  bytes: Buffer;
  release?: () => void;
}

/** What may wait here for the socket: enough that neither side stands still while the other catches its breath. */
const QUEUE_BYTES = 4 * 1024 * 1024;

/**
 * Chunks wait in a queue of our own and are handed to the stream one at a time: a queue inside of it could not be
 * emptied once the server has refused a row.
 */
class CopyInStream implements CopyIn {
  readonly #stream: CopyStreamQuery & { rowCount?: number };
  /** Resolves when the COPY is over, however it ended. */
  readonly #settled: Promise<void>;
  readonly #trailer: Buffer | undefined;
  #failure: Error | undefined;
  #queue: Chunk[] = [];
  /** Of chunks that were handed to the socket, which may not have sent them yet. */
  #releases: (() => void)[] = [];
  readonly #socket: Socket;
  /** Bytes in the queue and on their way. */
  #waiting = 0;
  #sending = false;
  /** Goes on with whoever waits for the queue to get shorter. */
  #resume: () => void = () => {};

  constructor(client: pg.Client, sql: string, format: CopyFormat) {
    const stream = client.query(from(sql));
    this.#stream = stream;
    this.#socket = (client as unknown as { connection: { stream: Socket } }).connection.stream;
    this.#trailer = format === "binary" ? BINARY_TRAILER : undefined;
    if (format === "binary") this.#put({ bytes: BINARY_HEADER });
    this.#settled = new Promise((resolve) => {
      const settle = () => {
        client.off("end", lost);
        this.#queue = [];
        this.#resume();
        resolve();
      };
      const fail = (error: Error) => {
        this.#failure ??= error;
        settle();
      };
      const lost = () => fail(new Error("the connection ended while rows were being sent"));
      stream.once("finish", settle);
      stream.on("error", fail);
      client.once("end", lost);
    });
  }

  async write(bytes: Buffer, release?: () => void): Promise<void> {
    if (this.#failure === undefined) this.#put(release === undefined ? { bytes } : { bytes, release });
    await this.#untilShorterThan(QUEUE_BYTES);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async end(): Promise<number> {
    if (this.#trailer !== undefined && this.#failure === undefined) this.#put({ bytes: this.#trailer });
    await this.#untilShorterThan(1);
    if (this.#failure === undefined) this.#stream.end();
    await this.#settled;
    if (this.#failure !== undefined) throw this.#failure;
    reached("copy_ended");
    return this.#stream.rowCount ?? 0;
  }

  async abort(): Promise<void> {
    this.#queue = [];
    if (this.#failure === undefined && !this.#stream.writableFinished) this.#stream.destroy(new Error("given up"));
    await this.#settled;
  }

  #put(chunk: Chunk): void {
    this.#queue.push(chunk);
    this.#waiting += chunk.bytes.length;
    this.#send();
  }

  #send(): void {
    if (this.#sending) return;
    const chunk = this.#queue.shift();
    if (chunk === undefined) return;
    this.#sending = true;
    const { bytes, release } = chunk;
    this.#stream.write(bytes, () => {
      this.#sending = false;
      this.#waiting -= bytes.length;
      if (release !== undefined) this.#releases.push(release);
      this.#releaseSent();
      this.#resume();
      this.#send();
    });
  }

  /** The socket keeps what it is given until it has sent it: only an empty one needs nothing any more. */
  #releaseSent(): void {
    if (this.#releases.length === 0 || this.#socket.writableLength > 0) return;
    for (const release of this.#releases) release();
    this.#releases = [];
  }

  async #untilShorterThan(bytes: number): Promise<void> {
    while (this.#waiting >= bytes && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
  }
}
