import type { Socket } from "node:net";
import type pg from "pg";
import { reached } from "../../core/milestones.ts";
import { quoteIdentifier } from "./identifiers.ts";

export type CopyFormat = "text" | "binary";

/** COPY … FROM STDIN that is in progress on a client. Nothing else may use the client until it ends. */
export interface CopyIn {
  /** Resolves when the next chunk may be made. `release` is called once the chunk is no longer needed, sent or not. */
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
  return client.query(new CopyInQuery(client, `copy ${quotedTable} (${list}) from stdin (format ${format})`, format));
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
/** What the socket is given at once: fewer calls of the kernel than chunk by chunk, where chunks are small. */
const SEND_BYTES = 256 * 1024;

const COPY_DATA = 0x64;
/** A message's code and its length, which counts itself but not the code. */
const HEAD_BYTES = 5;
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);
const COPY_FAIL = Buffer.from([0x66, 0, 0, 0, 13, ...Buffer.from("given up\0")]);

/**
 * Chunks wait in a queue of our own, which can be emptied once the server has refused a row. Each is sent as one CopyData
 * message, several messages at a time.
 */
class CopyInQuery implements pg.Submittable, CopyIn {
  readonly #client: pg.Client;
  readonly #sql: string;
  readonly #trailer: Buffer | undefined;
  /** There once the server has said that it takes rows. */
  #socket: Socket | undefined;
  #failure: Error | undefined;
  readonly #queue: Chunk[] = [];
  /** Bytes in the queue and on their way. */
  #waiting = 0;
  #isSending = false;
  /** Of the two ways in which no more rows may come. */
  #goodbye: Buffer | undefined;
  #rowCount = 0;
  /** Goes on with whoever waits for the queue to get shorter. */
  #resume: () => void = () => {};
  /** Resolves when the COPY is over, however it ended. */
  readonly #settled = Promise.withResolvers<void>();
  readonly #lost = () => this.#fail(new Error("the connection ended while rows were being sent"));

  constructor(client: pg.Client, sql: string, format: CopyFormat) {
    this.#client = client;
    this.#sql = sql;
    this.#trailer = format === "binary" ? BINARY_TRAILER : undefined;
    if (format === "binary") this.#put({ bytes: BINARY_HEADER });
    client.once("end", this.#lost);
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#sql);
  }

  async write(bytes: Buffer, release?: () => void): Promise<void> {
    if (this.#failure === undefined) this.#put(release === undefined ? { bytes } : { bytes, release });
    else release?.();
    while (this.#waiting >= QUEUE_BYTES && this.#failure === undefined) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  async end(): Promise<number> {
    if (this.#trailer !== undefined) this.#put({ bytes: this.#trailer });
    this.#goodbye = COPY_DONE;
    this.#send();
    await this.#settled.promise;
    if (this.#failure !== undefined) throw this.#failure;
    reached("copy_ended");
    return this.#rowCount;
  }

  async abort(): Promise<void> {
    this.#drop();
    // Too late where the other one has been said.
    this.#goodbye = COPY_FAIL;
    this.#send();
    await this.#settled.promise;
  }

  #put(chunk: Chunk): void {
    this.#queue.push(chunk);
    this.#waiting += chunk.bytes.length;
    this.#send();
  }

  #send(): void {
    const socket = this.#socket;
    if (socket === undefined || this.#isSending || this.#failure !== undefined) return;
    const chunks = this.#next();
    if (chunks.length === 0) {
      this.#sayGoodbye(socket);
      return;
    }
    this.#isSending = true;
    socket.cork();
    const parts = chunks.flatMap(({ bytes }) => [headOf(bytes), bytes]);
    for (const [at, part] of parts.entries()) {
      if (at < parts.length - 1) socket.write(part);
      else socket.write(part, () => this.#sent(chunks));
    }
    socket.uncork();
  }

  /** What is to be sent at once. */
  #next(): Chunk[] {
    let bytes = 0;
    const following = this.#queue.findIndex((chunk) => {
      bytes += chunk.bytes.length;
      return bytes > SEND_BYTES;
    });
    return this.#queue.splice(0, following === -1 ? this.#queue.length : Math.max(1, following));
  }

  #sayGoodbye(socket: Socket): void {
    if (this.#goodbye === undefined) return;
    socket.write(this.#goodbye);
    this.#socket = undefined;
  }

  #sent(chunks: readonly Chunk[]): void {
    this.#isSending = false;
    for (const { bytes, release } of chunks) {
      this.#waiting -= bytes.length;
      release?.();
    }
    this.#resume();
    this.#send();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settle();
  }

  #settle(): void {
    this.#client.off("end", this.#lost);
    this.#socket = undefined;
    this.#drop();
    this.#resume();
    this.#settled.resolve();
  }

  #drop(): void {
    for (const { release } of this.#queue.splice(0)) release?.();
  }

  handleCopyInResponse({ stream }: pg.Connection): void {
    this.#socket = stream as Socket;
    this.#send();
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#rowCount = Number(/^COPY (\d+)/.exec(text)?.[1] ?? 0);
  }

  handleError(error: Error): void {
    this.#fail(error);
  }

  handleReadyForQuery(): void {
    this.#settle();
  }
}

function headOf(bytes: Buffer): Buffer {
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt8(COPY_DATA);
  head.writeUInt32BE(bytes.length + HEAD_BYTES - 1, 1);
  return head;
}
