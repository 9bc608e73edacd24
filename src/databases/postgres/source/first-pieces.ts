import { SluiceError } from "../../../core/errors.ts";
import { windowPieces } from "./delta-pieces.ts";
import { evenPages } from "./pass-progress.ts";
import { type Piece, rangePieces } from "./read-pieces.ts";
import type { StreamRead } from "./read-stream.ts";
import { findNewest, upTo, whereSql } from "./read-window.ts";
import { cursorValue, type Pass } from "./stream-cursor.ts";

/** How much of a table one statement reads: enough that the pauses between do not count, little enough to be repeated. */
const DEFAULT_RANGE_MB = 64;
const PAGE_BYTES = 8192;
/** Older servers read the whole table to find the rows of a range. */
const RANGE_SCANS_SINCE = 140_000;

/** All rows: of a stream that has not been read to its end yet, or that has no cursor to go on from. */
export async function* firstPieces(read: StreamRead): AsyncGenerator<Piece> {
  const { ctx, session, readable, settings, ordering } = read;
  const { where } = settings;
  if (ctx.mode === "replace") {
    yield { source: `from ${readable.from}${whereSql([where])}`, cursor: undefined };
    return;
  }
  const from = passToContinue(read);
  const hasCursor = ordering.columns.length > 0;
  const newest =
    hasCursor && from === undefined ? await findNewest(session.client, readable, ordering, { where }) : undefined;
  const upper = from?.upper ?? newest?.at;
  if (hasCursor && upper === undefined) return;
  const pages = rangePages(read);
  const isExact = newest !== undefined && ordering.lag === undefined;
  if (from !== undefined || pages !== undefined) {
    yield* rangePieces({ readable, ordering, where, upper, isExact, pages: pages ?? Number.MAX_SAFE_INTEGER }, from);
    return;
  }
  const bound = upper === undefined || isExact ? undefined : upTo(ordering.columns, upper);
  const by = ordering.columns.map(({ name }) => name);
  const whole = { conditions: [where, bound], end: cursorValue({ by, at: [...(upper ?? [])] }) };
  // Where rows cannot be read by place, the cursor's values make the pieces.
  if (hasCursor && readable.parts.length === 0) yield* windowPieces(read, whole);
  else yield { source: `from ${readable.from}${whereSql(whole.conditions)}`, cursor: whole.end };
}

/** Undefined when the table is read in one go. */
function rangePages({ ctx, session, readable, readers }: StreamRead): number | undefined {
  if (session.versionNumber < RANGE_SCANS_SINCE) return undefined;
  const most = Math.max(1, Math.round(((ctx.options.range_mb ?? DEFAULT_RANGE_MB) * 1024 * 1024) / PAGE_BYTES));
  const all = readable.parts.reduce((sum, part) => sum + part.pages, 0);
  return all > most ? evenPages(all, most, readers) : undefined;
}

/** A table that was written anew has its rows at other places: only merge can begin again without doubling any. */
function passToContinue({ ctx, start, readable }: StreamRead): Pass | undefined {
  const pass = start?.pass;
  if (pass === undefined) return undefined;
  const part = readable.parts.find(({ id }) => id === pass.part);
  const isThere = part === undefined ? readable.parts.some(({ id }) => id > pass.part) : part.node === pass.node;
  const nodes = new Map(readable.parts.map(({ id, node }) => [id, node]));
  const isAsRead = (pass.ahead ?? []).every((range) => (nodes.get(range.part) ?? range.node) === range.node);
  if ((isThere || (part !== undefined && pass.page === 0)) && isAsRead) return pass;
  const what = `the table was written anew (vacuum full, cluster, truncate …) since its first read began`;
  if (ctx.mode === "merge") {
    ctx.log("warn", `${readable.label} is read from its beginning again: ${what}`);
    return undefined;
  }
  throw new SluiceError(
    "source_changed",
    `continuing ${readable.label}: ${what}, so nothing tells which of its rows are loaded already. Load it with --full-refresh.`,
  );
}
