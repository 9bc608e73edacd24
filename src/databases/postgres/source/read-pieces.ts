import type { JsonValue } from "../../../core/json.ts";
import type { Part, Readable } from "./describe-table.ts";
import { type Ordering, upTo, whereSql } from "./read-window.ts";
import { cursorValue, type Pass, type StreamCursor } from "./stream-cursor.ts";

/** Rows that are read by one statement, and how far the stream has been read after them. */
export interface Piece {
  /** SQL: what follows the list of columns. */
  source: string;
  cursor: JsonValue | undefined;
}

/** A read by place. */
export interface PlacedRead {
  readable: Readable;
  ordering: Ordering;
  where: string | undefined;
  /** The last row that belongs to it; undefined without a cursor column. */
  upper: readonly string[] | undefined;
  /** The snapshot is the very one in which `upper` was found and nothing was left out of the search. */
  isExact: boolean;
  pages: number;
}

/** One piece for every so many pages, from `from` on; each but the last ends in a place to go on from. */
export function* rangePieces(read: PlacedRead, from: Pass | undefined): Generator<Piece> {
  const { readable, ordering, where, upper, pages, isExact } = read;
  const by = ordering.columns.map(({ name }) => name);
  const bound = upper === undefined || isExact ? undefined : upTo(ordering.columns, upper);
  const parts = readable.parts.filter((part) => from === undefined || part.id >= from.part);
  for (const [index, part] of parts.entries()) {
    let page = part.id === from?.part ? from.page : 0;
    for (;;) {
      const end = page + pages;
      const isLast = end >= part.pages;
      const source = `from ${part.from}${whereSql([placeSql(page, isLast ? undefined : end), where, bound])}`;
      const next = isLast ? parts[index + 1] : part;
      yield { source, cursor: cursorValue(after(by, next, isLast ? 0 : end, upper)) };
      if (isLast) break;
      page = end;
    }
  }
  if (parts.length === 0)
    yield { source: `from ${readable.from} where false`, cursor: cursorValue(after(by, undefined, 0, upper)) };
}

function after(by: string[], next: Part | undefined, page: number, upper: readonly string[] | undefined): StreamCursor {
  if (next === undefined) return { by, at: [...(upper ?? [])] };
  const { id: part, node } = next;
  return { by, pass: { part, node, page, ...(upper === undefined ? {} : { upper: [...upper] }) } };
}

/** The last range is open: rows may have come behind what was the end. */
function placeSql(page: number, end: number | undefined): string | undefined {
  const from = page === 0 ? undefined : `ctid >= '(${page},0)'::tid`;
  const to = end === undefined ? undefined : `ctid < '(${end},0)'::tid`;
  const given = [from, to].filter((condition) => condition !== undefined);
  return given.length === 0 ? undefined : given.join(" and ");
}
