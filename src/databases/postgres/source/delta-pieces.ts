import type { JsonValue } from "../../../core/json.ts";
import type { Piece } from "./read-pieces.ts";
import type { StreamRead } from "./read-stream.ts";
import { atOrBehind, behind, boundaries, findNewest, fromLookback, upTo, whereSql } from "./read-window.ts";
import { cursorValue } from "./stream-cursor.ts";

/** More rows than that are read window by window, so that not all of them have to be read again after a failure. */
const WINDOW_ROWS = 1_000_000;
const MAX_WINDOWS = 1000;

/** The rows behind the cursor, up to the newest one that there is when the read begins. */
export async function* deltaPieces(read: StreamRead): AsyncGenerator<Piece> {
  const { ctx, session, readable, settings, ordering, start } = read;
  const { where } = settings;
  const at = start?.at ?? [];
  const newest = await findNewest(session.client, readable, ordering, { where, after: at });
  const looksBack = ordering.lookback !== undefined;
  if (newest === undefined || !(newest.isNewer || looksBack)) return;
  const lower = looksBack ? fromLookback(ordering, at, readable.label) : behindOrAt(read, at);
  const upper = ordering.lag === undefined ? undefined : upTo(ordering.columns, newest.at);
  const by = ordering.columns.map(({ name }) => name);
  const end = newest.isNewer ? cursorValue({ by, at: newest.at }) : ctx.cursor;
  yield* windowPieces(read, { conditions: [where, lower, upper], end: end as JsonValue, mayWindow: newest.isNewer });
}

/** Without the key that the cursor was stored with, rows of its value come again: only merge gets here with that. */
function behindOrAt({ ordering: { columns }, ctx }: StreamRead, at: readonly string[]): string {
  return ctx.mode === "merge" && at.length < columns.length ? atOrBehind(columns, at) : behind(columns, at);
}

interface Rows {
  conditions: readonly (string | undefined)[];
  /** The cursor once all of them have been read. */
  end: JsonValue;
  mayWindow?: boolean;
}

/** One piece, or several that end at values of the cursor column when there are very many rows. */
export async function* windowPieces(
  read: StreamRead,
  { conditions, end, mayWindow = true }: Rows,
): AsyncGenerator<Piece> {
  const { session, readable, ordering } = read;
  const [column] = ordering.columns;
  const count = mayWindow ? await windowsNeeded(read, conditions) : 1;
  if (column === undefined || count === 1) {
    yield { source: `from ${readable.from}${whereSql(conditions)}`, cursor: end };
    return;
  }
  const ends = await boundaries(session.client, readable, column, { count, conditions });
  const by = ordering.columns.map(({ name }) => name);
  for (const [index, at] of [...ends, undefined].entries()) {
    const before = ends[index - 1];
    const from = before === undefined ? undefined : behind([column], [before]);
    const to = at === undefined ? undefined : upTo([column], [at]);
    const cursor = at === undefined ? end : cursorValue({ by, at: [at] });
    yield { source: `from ${readable.from}${whereSql([...conditions, from, to])}`, cursor };
  }
}

/** By the planner's estimate, which costs nothing. */
async function windowsNeeded({ session, readable }: StreamRead, conditions: Rows["conditions"]): Promise<number> {
  const { rows } = await session.client.query(
    `explain (format json) select 1 from ${readable.from}${whereSql(conditions)}`,
  );
  const plan = (rows[0] as { "QUERY PLAN": [{ Plan: { "Plan Rows": number } }] })["QUERY PLAN"];
  return Math.min(MAX_WINDOWS, Math.max(1, Math.round(plan[0].Plan["Plan Rows"] / WINDOW_ROWS)));
}
