import type { JsonValue } from "../../../core/json.ts";
import type { Part, Readable } from "./describe-table.ts";
import { type PassPlan, remainingRanges, withRange } from "./pass-progress.ts";
import { type Ordering, upTo, whereSql } from "./read-window.ts";
import { cursorValue, type PageRange, type Pass, parseCursor } from "./stream-cursor.ts";

/** Rows that are read by one statement, and how far the stream has been read after them. */
export interface Piece {
  /** SQL: what follows the list of columns. */
  source: string;
  /** Once these rows, and those of all pieces before, have been read. */
  cursor: JsonValue | undefined;
  /** Where pieces may be read side by side: the cursor once these rows have been read as well as what `committed` says. */
  advance?: (committed: JsonValue) => JsonValue;
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

/** One piece for every so many pages that have not been read yet. */
export function* rangePieces(read: PlacedRead, from: Pass | undefined): Generator<Piece> {
  const { readable, ordering, upper } = read;
  const plan = { parts: readable.parts, by: ordering.columns.map(({ name }) => name), upper };
  let cursor = cursorValue({ by: plan.by, at: [...(upper ?? [])] });
  if (plan.parts.length === 0) yield { source: `from ${readable.from} where false`, cursor };
  let pass = from;
  for (const [part, range] of remainingRanges(plan, from, read.pages)) {
    const after = withRange(plan, pass, range);
    pass = after.pass;
    cursor = cursorValue(after);
    yield { source: sourceOf(read, part, range), cursor, advance: (committed) => advance(plan, committed, range) };
  }
}

function advance(plan: PassPlan, committed: JsonValue, range: PageRange): JsonValue {
  const pass = committed === null ? undefined : parseCursor(committed, "the stream").pass;
  return cursorValue(withRange(plan, pass, range));
}

function sourceOf({ ordering, where, upper, isExact }: PlacedRead, part: Part, range: PageRange): string {
  const bound = upper === undefined || isExact ? undefined : upTo(ordering.columns, upper);
  return `from ${part.from}${whereSql([placeSql(range), where, bound])}`;
}

/** The last range is open: rows may have come behind what was the end. */
function placeSql({ from, to }: PageRange): string | undefined {
  const lower = from === 0 ? undefined : `ctid >= '(${from},0)'::tid`;
  const upper = to === undefined ? undefined : `ctid < '(${to},0)'::tid`;
  const given = [lower, upper].filter((condition) => condition !== undefined);
  return given.length === 0 ? undefined : given.join(" and ");
}
