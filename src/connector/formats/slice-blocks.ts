import { freeBytes } from "../../core/free-bytes.ts";
import { ABSENT } from "../sliced-batch.ts";

/** Blocks that are larger, because a row is, are not kept. */
const KEPT_BYTES = 512 * 1024;
/** More than a load ever has on its way. */
const KEPT_BLOCKS = 8;

/** Bounds that there is room for from the start, in blocks that are not smaller. */
const FIRST_BOUNDS = 4096;

/** A block of a file, and where the values of its rows stand. */
export class Block {
  /** With one more behind what was filled in: a zero, unless it was asked for another. */
  bytes: Buffer;
  bounds: Int32Array;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size + 1);
    this.bounds = new Int32Array(Math.min(size, FIRST_BOUNDS));
  }

  fill(bytes: Uint8Array, behind = 0): void {
    this.bytes.set(bytes);
    this.bytes[bytes.length] = behind;
  }

  /** Puts some of the bytes where `at` is, and a zero behind them. What stands before stays. */
  put(bytes: Buffer, { start, end, at }: { start: number; end: number; at: number }): void {
    const behind = at + end - start;
    if (behind >= this.bytes.length) this.#growBytes(behind + 1, at);
    bytes.copy(this.bytes, at, start, end);
    this.bytes[behind] = 0;
  }

  /** The bounds, with room for so many. */
  room(count: number): Int32Array {
    if (count > this.bounds.length) this.#grow(count);
    return this.bounds;
  }

  /** Bounds of a row that has no value yet. */
  begin(from: number, end: number): void {
    const bounds = this.room(end);
    for (let at = from; at < end; at += 2) bounds[at] = ABSENT;
  }

  #growBytes(wanted: number, kept: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, kept);
    freeBytes(this.bytes);
    this.bytes = larger;
  }

  #grow(wanted: number): void {
    const larger = new Int32Array(Math.max(wanted, 2 * this.bounds.length));
    larger.set(this.bounds);
    this.bounds = larger;
  }
}

/** Before there is any. */
export const NO_BLOCK = new Block(0);

/** Blocks are used again: making new ones would leave dozens of megabytes to the garbage collector. */
export class BlockPool {
  readonly #free: Block[] = [];

  /** With room for so many bytes. */
  take(size: number): Block {
    const block = this.#free.pop();
    return block !== undefined && block.bytes.length > size ? block : new Block(size);
  }

  /** Gives the block back, once: when it is called again, the block may hold the rows of somebody else. */
  releaseOf(block: Block): () => void {
    let isOut = true;
    return () => {
      if (isOut) this.#giveBack(block);
      isOut = false;
    };
  }

  #giveBack(block: Block): void {
    if (block.bytes.length <= KEPT_BYTES && this.#free.length < KEPT_BLOCKS) this.#free.push(block);
    else freeBytes(block.bytes);
  }
}
