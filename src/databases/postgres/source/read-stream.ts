import { type ChosenColumn, chooseColumns, findColumn } from "./choose-columns.ts";
import { deltaPieces } from "./delta-pieces.ts";
import type { Readable } from "./describe-table.ts";
import { firstPieces } from "./first-pieces.ts";
import type { HandOver } from "./hand-over.ts";
import type { Piece } from "./read-pieces.ts";
import { type OpenReading, readSideBySide } from "./read-side-by-side.ts";
import { assertWindow, type Ordering } from "./read-window.ts";
import { RowRooms } from "./row-pieces.ts";
import { asSourceError } from "./source-error.ts";
import type { SourceSession } from "./source-server.ts";
import type { SourceBatch, StreamContext, TableSettings } from "./source-settings.ts";
import { parseCursor, type StreamCursor, unfit } from "./stream-cursor.ts";

/** More would be faster only where neither server has anything else to do. */
const DEFAULT_READERS = 2;

/** A read that has begun: the transaction is open and what is read is known. */
export interface StreamRead {
  ctx: StreamContext;
  session: SourceSession;
  readable: Readable;
  settings: TableSettings;
  ordering: Ordering;
  /** Where the last commit left the stream; undefined when it is read from its beginning. */
  start: StreamCursor | undefined;
  /** How many ranges of a big table are read at once. */
  readers: number;
}

/** Reads what the stream's cursor has not seen yet. Every batch that carries a cursor may be a checkpoint. */
export async function* readStream(
  ctx: StreamContext,
  session: SourceSession,
  readable: Readable,
  settings: TableSettings,
  openReading?: OpenReading,
): AsyncGenerator<SourceBatch> {
  try {
    const binary = ctx.options.copy_format !== "text";
    const chosen = chooseColumns(readable.label, readable.columns, settings);
    const columns = chosen.map((column) => ({ ...column, binary: column.binary && binary }));
    const ordering = orderingOf(ctx, readable, columns, settings);
    assertWindow(ordering, ctx.mode, readable.label);
    const start = startOf(ctx, readable, ordering);
    const rooms = new RowRooms();
    const how: HandOver = { client: session.client, columns, form: ctx.layout(columns), lead: ctx.lead?.(), rooms };
    const list = columns.map(({ expression }) => expression).join(", ");
    const isSideBySide = ctx.sideBySide?.() === true && openReading !== undefined;
    const readers = isSideBySide ? (ctx.options.range_readers ?? DEFAULT_READERS) : 1;
    const pieces = piecesOf({ ctx, session, readable, settings, ordering, start, readers });
    yield* readSideBySide({ ctx, how, label: readable.label, list, pieces, readers, openReading });
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw asSourceError(error, `reading ${readable.label}`, session.place);
  }
}

function piecesOf(read: StreamRead): AsyncGenerator<Piece> {
  return read.start?.at !== undefined && read.start.by.length > 0 ? deltaPieces(read) : firstPieces(read);
}

/** The cursor column, and of the key what tells equal values apart for sure. */
function orderingOf(
  { cursorField, primaryKey }: StreamContext,
  { label, columns }: Readable,
  chosen: readonly ChosenColumn[],
  { lookback, lag }: TableSettings,
): Ordering {
  const find = (name: string) => chosen.find((column) => column.name === name)?.source;
  if (cursorField === undefined) return { columns: [], lookback, lag };
  const cursor = find(cursorField) ?? findColumn(label, columns, cursorField);
  const key = primaryKey.map((name) => find(name) ?? findColumn(label, columns, name));
  const isUsable = key.every(({ nullable, name }) => !nullable && name !== cursor.name);
  return { columns: isUsable ? [cursor, ...key] : [cursor], lookback, lag };
}

/** What is stored, if it is about the columns that the stream goes by now. */
function startOf(
  { cursor, mode }: StreamContext,
  { label }: Readable,
  { columns }: Ordering,
): StreamCursor | undefined {
  if (cursor === undefined || cursor === null || mode === "replace") return undefined;
  const start = parseCursor(cursor, label);
  const names = columns.map(({ name }) => name);
  if (start.by.join("\0") === names.join("\0")) return start;
  // Merge can take what comes again; so the cursor column's value is enough for it, and a read without one costs time only.
  if (mode === "merge" && start.by.length === 0) return undefined;
  if (mode === "merge" && start.by[0] === names[0] && start.at !== undefined) {
    return { by: names, at: start.at.slice(0, 1) };
  }
  const of = start.by.length === 0 ? "of a read without a cursor column" : `of ${start.by.join(", ")}`;
  throw unfit(label, `it is ${of}, and the stream goes by ${names.join(", ") || "no cursor column"} now`);
}
