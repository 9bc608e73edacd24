import type { Reject, Row, SlicedRows } from "../define-connector.ts";

/** Longest row, record or line, in bytes: beyond it a file is taken to be broken rather than held in memory. */
export const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/** What a parser made of the bytes in view. */
export interface Parsed {
  /** Bytes that are done with; 0 when not even one record is complete. */
  consumed: number;
  /** Bytes behind them that belong to no record and may be dropped. */
  discarded?: number;
  /** Rows as records, or rows that nothing has been made of. */
  rows?: Row[];
  sliced?: SlicedRows;
  rejects: Reject[];
  /** Where the row of that index stands: a line, or a place in a list. */
  places: readonly number[];
}

/** Turns bytes into rows, a block at a time. Holds no bytes back: what it does not consume it is given again. */
export interface FormatParser {
  /**
   * `bytes` starts where the last call stopped consuming, at `offset` in the text of the file. `final`: nothing follows.
   */
  parse(bytes: Buffer, offset: number, final: boolean): Parsed;
  /** What has to be known to go on later from the last consumed byte: lines or list items before it. */
  readonly place: number;
  /** `orders.csv:1042`, or `quakes.json#/features/12` */
  positionOf(place: number): string;
}

/** Where a parser starts. */
export interface ParserStart {
  /** The file, as positions and errors name it. */
  name: string;
  /** `place` of the parser that stopped here; 0 at the beginning of the file. */
  place: number;
}
