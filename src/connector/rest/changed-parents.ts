import type { JsonValue } from "../../core/json.ts";
import type { Row } from "../define-connector.ts";
import { queryFrom, startOf } from "./begin-reading.ts";
import { cursorRules } from "./cursor-rules.ts";
import { markOfRecord } from "./cursor-tracker.ts";
import type { CursorValue } from "./cursor-value.ts";
import { isWanted, type Parent, parentFrom, parentsOf } from "./parents.ts";
import type { CursorReading, Partition } from "./partition.ts";
import type { PartitionState } from "./partition-state.ts";
import type { ChildReading } from "./read-children.ts";
import { readPages } from "./read-pages.ts";
import { RecordTaker } from "./record-taker.ts";
import { type RestStream, restStream } from "./rest-stream.ts";
import type { Shaper } from "./shape-records.ts";
import type { CursorOptions, ParentOptions } from "./stream-options.ts";

/** A parent that has changed, as far as its children need it. */
export interface ChangedParent extends Parent {
  /** Undefined when the record does not say when it changed: its children are read in every run. */
  at: CursorValue | undefined;
  /** Tells this version of the parent from others. */
  mark: string;
}

export interface ParentReading {
  stream: RestStream;
  cursor: CursorOptions;
  parent: ParentOptions;
}

/** The parent stream of a stream, as it is read by its own cursor. */
export function parentReading({ source, stream }: ChildReading): ParentReading {
  const { parent } = stream.options;
  const parents = restStream(source.options, parent?.stream ?? "");
  const { cursor } = parents.options;
  if (parent === undefined || cursor === undefined) throw new Error(`${stream.name} has no parent with a cursor`);
  return { stream: { ...parents, mode: "merge" }, cursor, parent };
}

/** All parents that have changed since the state, oldest change first. Only what children need of them is held. */
export async function changedParents(
  reading: ChildReading,
  { stream, cursor, parent }: ParentReading,
  state: PartitionState | undefined,
): Promise<ChangedParent[]> {
  const { source, onIgnored } = reading;
  const rules = cursorRules(stream, cursor);
  const found: ChangedParent[] = [];
  const collect = async (values: Parent["values"], carried: Row) => {
    const keep = (record: Row) => {
      const from = isWanted(record, parent) ? parentFrom({ ...record, ...carried }, parent, values) : undefined;
      if (from !== undefined)
        found.push({ ...from, at: rules.read(record), mark: markOfRecord(record as unknown as JsonValue) });
    };
    const partition: Partition = { source, stream, values, shaper: collector(keep), state, onIgnored };
    await readThrough({ partition, cursor, rules });
  };
  if (stream.options.parent === undefined) await collect(source.options.variables, {});
  else for await (const { values, carried } of parentsOf(source, stream, onIgnored)) await collect(values, carried);
  return latestOfEach(found).sort((a, b) => byChange(a, b, rules.compare));
}

async function readThrough(reading: CursorReading): Promise<void> {
  const { source, onIgnored } = reading.partition;
  const before = startOf(reading);
  const taker = new RecordTaker(reading, { before, soFar: undefined });
  const pages = readPages(source, queryFrom(reading, before), onIgnored);
  try {
    for (let page = await pages.next(); page !== undefined; page = await pages.next()) {
      if (taker.take(page).done || page.next === undefined) return;
      pages.start();
    }
  } finally {
    await pages.close();
  }
}

function collector(keep: (record: Row) => void): Shaper {
  return {
    shape(record) {
      if (typeof record === "object" && record !== null) keep(record as Row);
    },
  };
}

/** A list that is read while it changes may give one twice. */
function latestOfEach(parents: readonly ChangedParent[]): ChangedParent[] {
  return [...new Map(parents.map((parent) => [parent.key, parent])).values()];
}

function byChange(a: ChangedParent, b: ChangedParent, compare: (a: CursorValue, b: CursorValue) => number): number {
  if (a.at === undefined || b.at === undefined) return Number(a.at !== undefined) - Number(b.at !== undefined);
  return compare(a.at, b.at);
}
