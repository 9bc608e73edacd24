import { isSluiceError } from "../../core/errors.ts";
import { ConnectorError } from "../connector-error.ts";
import type { PageTurn } from "../http/pagination/paginator.ts";
import { queryFrom, startOf } from "./begin-reading.ts";
import { mayResume } from "./pagination-options.ts";
import type { CursorReading, Partition, PartitionBatch } from "./partition.ts";
import { markOf, type PartitionState } from "./partition-state.ts";
import { type RecordPage, readPages } from "./read-pages.ts";
import { RecordTaker } from "./record-taker.ts";

/** Statuses by which an API refuses a page that it gave once. */
const STALE_PAGE = [400, 404, 410, 422];

/**
 * Records in any order, or the newest first: the cursor moves when all of them are read. Where pages are told apart by a
 * cursor of the API, a read that was stopped goes on at its page.
 */
export async function* readUnordered(reading: CursorReading): AsyncGenerator<PartitionBatch> {
  const { partition } = reading;
  const open = partition.state?.open;
  if (open !== undefined) {
    const resumed = yield* unlessStale(partition, readFrom(reading, open));
    if (resumed) return;
  }
  yield* readFrom(reading, undefined);
}

/** False when the page that was to be gone on at is gone, and everything is to be read again. */
export async function* unlessStale(
  { stream, source }: Partition,
  batches: AsyncGenerator<PartitionBatch>,
): AsyncGenerator<PartitionBatch, boolean> {
  let hasBegun = false;
  try {
    for await (const batch of batches) {
      hasBegun = true;
      yield batch;
    }
    return true;
  } catch (error) {
    const status = isSluiceError(error) ? error.details["status"] : undefined;
    if (hasBegun || !STALE_PAGE.includes(status as number)) throw error;
    if (stream.mode === "append") throw cannotGoOn(stream.name, error);
    source.log(
      "warn",
      `${stream.name} cannot be read on where it was stopped (${status}); it is read from its beginning`,
    );
    return false;
  }
}

async function* readFrom(reading: CursorReading, open: PartitionState["open"]): AsyncGenerator<PartitionBatch> {
  const { partition } = reading;
  const { source, stream, state, onIgnored } = partition;
  const old = state === undefined ? undefined : markOf(state);
  const before = startOf(reading);
  const taker = new RecordTaker(reading, { before, soFar: open === undefined ? old : markOf(open) });
  const pages = readPages(source, { ...queryFrom(reading, before), from: open?.turn }, onIgnored);
  const resumable = mayResume(stream.options.paginate);
  try {
    for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
      const { rows, rejects, done } = taker.take(page);
      const isLast = done || page.next === undefined;
      if (!isLast) pages.start();
      const within = resumable && page.next !== undefined ? openState(old, page.next, taker) : undefined;
      const after = isLast ? (taker.mark() ?? (state === undefined ? undefined : {})) : within;
      yield { rows, rejects, ...sized(page, after) };
      if (isLast) return;
    }
  } finally {
    await pages.close();
  }
}

function openState(old: PartitionState | undefined, turn: PageTurn, taker: RecordTaker): PartitionState {
  return { ...old, open: { turn, ...taker.mark() } };
}

function sized({ bytes }: RecordPage, state: PartitionState | undefined): Pick<PartitionBatch, "bytes" | "state"> {
  return state === undefined ? { bytes } : { bytes, state };
}

function cannotGoOn(stream: string, cause: unknown): ConnectorError {
  return new ConnectorError(
    "source_changed",
    `reading ${stream}: it was stopped in the middle, and the API does not know that page any more. Appended rows would be doubled by reading again: begin anew with \`sluice run <connection> --stream ${stream} --full-refresh\`, or set the mode merge.`,
    { cause, details: { stream } },
  );
}
