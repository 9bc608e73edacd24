import { ConnectorError } from "../connector-error.ts";
import type { RecordBatch } from "../define-connector.ts";
import { LookAhead } from "./look-ahead.ts";
import { type Parent, parentsOf } from "./parents.ts";
import type { PartitionBatch } from "./partition.ts";
import { type PartitionState, writeParents } from "./partition-state.ts";
import type { OnIgnored } from "./read-pages.ts";
import { readPartition } from "./read-partition.ts";
import { recordBatch } from "./record-batch.ts";
import type { RestSource, RestStream } from "./rest-stream.ts";
import { recordShaper } from "./shape-records.ts";

/** Parents whose children keep a cursor: beyond that the state would be megabytes, written at every checkpoint. */
export const MAX_PARENTS = 10_000;

/** A cursor holds those of all parents: it is given so often and no more. */
export const CURSOR_PAUSE_MS = 250;

/** Parents whose first pages are asked for at once, unless `concurrency` says. */
export const PARENTS_AT_ONCE = 4;

export interface ChildReading {
  source: RestSource;
  stream: RestStream;
  onIgnored: OnIgnored;
}

export interface OpenChild {
  key: string;
  batches: LookAhead<PartitionBatch>;
}

/** Children of one parent after the other, in the order of the parents; the first pages of the next few come ahead. */
export async function* readChildren(
  reading: ChildReading,
  stored: Map<string, PartitionState>,
): AsyncGenerator<RecordBatch> {
  const stop = new AbortController();
  const source = { ...reading.source, signal: AbortSignal.any([reading.source.signal, stop.signal]) };
  const parents = new LookAhead(parentsOf(source, reading.stream, reading.onIgnored), stop);
  const queue: OpenChild[] = [];
  const cursors = new ParentCursors(reading, stored);
  try {
    for (;;) {
      await fill(queue, parents, (parent) => openChild({ ...reading, source }, parent, stored.get(parent.key)));
      const child = queue.shift();
      if (child === undefined) break;
      yield* readChild(child, cursors, source.signal);
    }
    yield* cursors.finish();
  } finally {
    stop.abort();
    await Promise.all([...queue.map(({ batches }) => batches.close()), parents.close()]);
  }

  async function fill(open: OpenChild[], more: LookAhead<Parent>, begin: (parent: Parent) => OpenChild): Promise<void> {
    const wanted = reading.source.options.concurrency ?? PARENTS_AT_ONCE;
    while (open.length < wanted) {
      const parent = await more.next();
      if (parent === undefined) return;
      open.push(begin(parent));
    }
  }
}

async function* readChild(
  { key, batches }: OpenChild,
  cursors: ParentCursors,
  signal: AbortSignal,
): AsyncGenerator<RecordBatch> {
  cursors.begin(key);
  try {
    for (let batch = await batches.next(); batch !== undefined; batch = await batches.next()) {
      signal.throwIfAborted();
      yield recordBatch(batch, batch.state === undefined ? undefined : cursors.move(key, batch.state));
    }
  } finally {
    await batches.close();
  }
}

export function openChild(
  { source, stream, onIgnored }: ChildReading,
  parent: Parent,
  state: PartitionState | undefined,
): OpenChild {
  const shaper = recordShaper(stream, parent.carried);
  const batches = new LookAhead(readPartition({ source, stream, values: parent.values, shaper, state, onIgnored }));
  batches.start();
  return { key: parent.key, batches };
}

/**
 * The cursors of all parents. A parent that is no longer there loses its own at the end of a complete read, except where
 * rows are appended: should it come back, they would be doubled.
 */
class ParentCursors {
  readonly #reading: ChildReading;
  readonly #states: Map<string, PartitionState>;
  readonly #read = new Set<string>();
  #givenAt = 0;
  #isBehind = false;
  #isFull = false;

  constructor(reading: ChildReading, stored: Map<string, PartitionState>) {
    this.#reading = reading;
    this.#states = new Map(stored);
  }

  begin(key: string): void {
    this.#read.add(key);
  }

  /** The cursor of the stream with this parent's moved; undefined when it is not time for one. */
  move(key: string, state: PartitionState) {
    if (!this.#states.has(key) && this.#states.size >= MAX_PARENTS) return this.#sayFull();
    this.#states.set(key, state);
    const now = performance.now();
    this.#isBehind = now - this.#givenAt < CURSOR_PAUSE_MS;
    if (this.#isBehind) return undefined;
    this.#givenAt = now;
    return writeParents(this.#states);
  }

  *finish(): Generator<RecordBatch> {
    const isGone = (key: string) => !this.#read.has(key);
    const gone = this.#reading.stream.mode === "append" ? [] : [...this.#states.keys()].filter(isGone);
    for (const key of gone) this.#states.delete(key);
    if (gone.length === 0 && !this.#isBehind) return;
    yield { rows: [], cursor: writeParents(this.#states) };
  }

  #sayFull(): undefined {
    const { source, stream } = this.#reading;
    if (stream.mode === "append") throw tooManyParents(stream.name);
    if (!this.#isFull) {
      const message = `${stream.name} has more than ${MAX_PARENTS} parents: no cursors are kept for the others, and their children are read whole in every run`;
      source.log("warn", message, { stream: stream.name });
    }
    this.#isFull = true;
    return undefined;
  }
}

function tooManyParents(stream: string): ConnectorError {
  const message = `reading ${stream}: it has more than ${MAX_PARENTS} parents, more than cursors are kept for; appended rows would be doubled by the next run. Give it a primary key and the mode merge, or choose fewer parents with \`where\`.`;
  return new ConnectorError("connection_invalid", message, { details: { stream } });
}
