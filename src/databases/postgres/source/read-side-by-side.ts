import { formatCount } from "../../../core/count-text.ts";
import { quoteLiteral } from "../identifiers.ts";
import { type HandOver, handOver } from "./hand-over.ts";
import { PacedReader } from "./paced-reader.ts";
import type { Piece } from "./read-pieces.ts";
import type { SourceSession } from "./source-server.ts";
import type { SourceBatch, StreamContext } from "./source-settings.ts";

/** A moment that a transaction is to see. */
interface Moment {
  importSql(): Promise<string>;
}

/** Lends a further connection that sees the moment. */
export type OpenReading = (
  moment: Moment,
  work: (session: SourceSession) => AsyncGenerator<SourceBatch>,
) => AsyncGenerator<SourceBatch>;

export interface SideBySide {
  ctx: StreamContext;
  how: HandOver;
  label: string;
  /** SQL: the columns. */
  list: string;
  pieces: AsyncGenerator<Piece>;
  /** How many pieces may be read at once. */
  readers: number;
  openReading: OpenReading | undefined;
}

/**
 * The rows of all pieces. Where there are several and each can be read for itself, some are read at once, each over a
 * connection of its own and all as of the same moment; else one after the other.
 */
export async function* readSideBySide(reading: SideBySide): AsyncGenerator<SourceBatch> {
  const { ctx, how, label, readers, openReading, pieces } = reading;
  const [first, second] = [await next(pieces), readers > 1 ? await next(pieces) : undefined];
  const all = chain([first, second], pieces);
  if (openReading === undefined || second?.advance === undefined || first?.advance === undefined) {
    for await (const piece of all) yield* read(reading, how, piece);
    return;
  }
  ctx.expectReadings?.(readers);
  const moment = await exportMoment(how);
  const further = Array.from({ length: readers - 1 }, (_, at) =>
    openFurther(reading, openReading, { all, moment, at }),
  );
  ctx.log("info", `${label} is read in ranges, ${formatCount(readers)} at once`);
  yield* merged([readShare(reading, how, all, 0), ...further]);
}

async function* read({ list }: SideBySide, how: HandOver, piece: Piece): AsyncGenerator<SourceBatch> {
  yield* handOver(how, `select ${list} ${piece.source}`, piece.cursor);
}

/** What one reader takes of the pieces: the next whenever it is through with one. */
async function* readShare(
  { list }: SideBySide,
  how: HandOver,
  pieces: AsyncGenerator<Piece>,
  number: number,
): AsyncGenerator<SourceBatch> {
  for (let piece = await next(pieces); piece !== undefined; piece = await next(pieces)) {
    const { source, advance } = piece;
    for await (const batch of handOver(how, `select ${list} ${source}`, piece.cursor)) {
      const { cursor, ...rows } = batch;
      yield { ...rows, reading: number, ...(cursor === undefined || advance === undefined ? {} : { advance }) };
    }
  }
}

/** One that gets no connection, or none that can see the moment, leaves all pieces to the others. */
async function* openFurther(
  reading: SideBySide,
  openReading: OpenReading,
  { all, moment, at }: { all: AsyncGenerator<Piece>; moment: Moment; at: number },
): AsyncGenerator<SourceBatch> {
  let hasBegun = false;
  const share = (session: SourceSession) => {
    hasBegun = true;
    return readShare(reading, { ...reading.how, client: session.client }, all, at + 1);
  };
  try {
    yield* openReading(moment, share);
  } catch (error) {
    if (hasBegun || reading.ctx.signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    reading.ctx.log("warn", `${reading.label} is read with fewer connections than it might be: ${reason}`);
  }
}

/** The transaction must not have read with a COPY that is in progress. */
async function exportMoment({ client }: HandOver): Promise<Moment> {
  const { rows } = await client.query("select pg_export_snapshot() as id");
  const id = (rows[0] as { id: string }).id;
  return { importSql: async () => `set transaction snapshot ${quoteLiteral(id)}` };
}

async function next<T>(items: AsyncGenerator<T>): Promise<T | undefined> {
  const { done, value } = await items.next();
  return done === true ? undefined : value;
}

async function* chain<T>(first: readonly (T | undefined)[], rest: AsyncGenerator<T>): AsyncGenerator<T> {
  for (const item of first) if (item !== undefined) yield item;
  yield* rest;
}

/**
 * Whatever comes first from any of them, until all have ended. The first that fails, fails all. One whose rows are not
 * taken away fast enough rests, so that whoever takes them never waits for one of them while others could go on.
 */
async function* merged(sources: readonly AsyncGenerator<SourceBatch>[]): AsyncGenerator<SourceBatch> {
  const readers = sources.map((source) => new PacedReader(source));
  const pulled: Pulled[] = [];
  let wake = () => {};
  const pull = async (reader: PacedReader) => {
    pulled.push({ reader, ...(await reader.next().catch((failure: unknown) => ({ failure }))) });
    wake();
  };
  for (const reader of readers) void pull(reader);
  try {
    for (let open = readers.length; open > 0; ) {
      const next = pulled.shift();
      if (next === undefined) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      } else if ("failure" in next) throw next.failure;
      else if (next.done === true) open -= 1;
      else {
        void pull(next.reader);
        yield next.value;
      }
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined).catch(() => {})));
  }
}

type Pulled = { reader: PacedReader } & (IteratorResult<SourceBatch, undefined> | { failure: unknown });
