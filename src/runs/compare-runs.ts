import { canonicalJson, type JsonValue } from "../core/json.ts";
import type { RunSummary, StreamStats } from "./summary-file.ts";

/** What two runs are compared by, stream by stream and in total. */
export const COMPARED_COUNTS = [
  "rows_read",
  "rows_written",
  "inserted",
  "updated",
  "unchanged",
  "deleted",
  "rejected",
  "bytes",
  "duration_ms",
] as const;
export type ComparedCounts = Record<(typeof COMPARED_COUNTS)[number], number>;

/** Two runs beside each other; every `change` is the second less the first. */
export interface RunComparison {
  runs: [ComparedRun, ComparedRun];
  totals: ComparedFigures;
  /** Of either run, in the order of the second; those of the first alone come last. */
  streams: ComparedStream[];
  /** Streams whose cursor is not the same after both. */
  state: { stream: string; first: JsonValue; second: JsonValue }[];
  schema_changes: { first: SchemaChanges; second: SchemaChanges };
  /** Warnings that only one of them gave. */
  warnings: { first: string[]; second: string[] };
}

type SchemaChanges = RunSummary["schema_changes"];

export type ComparedRun = Pick<
  RunSummary,
  "run_id" | "connection" | "status" | "trigger" | "started_at" | "duration_ms" | "attempts" | "version"
> & { error: string | null };

export interface ComparedFigures {
  /** Null for a stream that the run did not load. */
  first: ComparedCounts | null;
  second: ComparedCounts | null;
  change: ComparedCounts;
}

export interface ComparedStream extends ComparedFigures {
  stream: string;
  outcomes: [StreamStats["outcome"] | null, StreamStats["outcome"] | null];
}

export function compareRuns(first: RunSummary, second: RunSummary): RunComparison {
  const names = [...new Set([...Object.keys(second.stats), ...Object.keys(first.stats)])];
  const streams = names.map((stream) => compareStream(stream, first.stats[stream], second.stats[stream]));
  return {
    runs: [headOf(first), headOf(second)],
    totals: figuresOf(totalOf(first), totalOf(second)),
    streams,
    state: compareState(first.state, second.state),
    schema_changes: { first: first.schema_changes, second: second.schema_changes },
    warnings: {
      first: first.warnings.filter((warning) => !second.warnings.includes(warning)),
      second: second.warnings.filter((warning) => !first.warnings.includes(warning)),
    },
  };
}

function headOf(summary: RunSummary): ComparedRun {
  const { run_id, connection, status, trigger, started_at, duration_ms, attempts, version, error } = summary;
  return {
    run_id,
    connection,
    status,
    trigger,
    started_at,
    duration_ms,
    attempts,
    version,
    error: error?.code ?? null,
  };
}

/** The run's own time: streams are loaded side by side. */
function totalOf({ stats, duration_ms }: RunSummary): ComparedCounts {
  const sum = (name: keyof ComparedCounts) => Object.values(stats).reduce((total, one) => total + one[name], 0);
  return { ...countsOf(sum), duration_ms };
}

function compareStream(
  stream: string,
  first: StreamStats | undefined,
  second: StreamStats | undefined,
): ComparedStream {
  const counts = (stats: StreamStats | undefined) => (stats === undefined ? null : countsOf((name) => stats[name]));
  const outcomes: ComparedStream["outcomes"] = [first?.outcome ?? null, second?.outcome ?? null];
  return { stream, outcomes, ...figuresOf(counts(first), counts(second)) };
}

function figuresOf(first: ComparedCounts | null, second: ComparedCounts | null): ComparedFigures {
  return { first, second, change: countsOf((name) => (second?.[name] ?? 0) - (first?.[name] ?? 0)) };
}

function countsOf(read: (name: keyof ComparedCounts) => number): ComparedCounts {
  return Object.fromEntries(COMPARED_COUNTS.map((name) => [name, read(name)])) as ComparedCounts;
}

/** The cursors of two states that are not the same, by stream; null where there is none. */
export function compareState(
  first: RunSummary["state"],
  second: RunSummary["state"],
): { stream: string; first: JsonValue; second: JsonValue }[] {
  const names = [...new Set([...Object.keys(first?.streams ?? {}), ...Object.keys(second?.streams ?? {})])];
  const cursors = names.map((stream) => ({
    stream,
    first: first?.streams[stream]?.cursor ?? null,
    second: second?.streams[stream]?.cursor ?? null,
  }));
  return cursors.filter((one) => canonicalJson(one.first) !== canonicalJson(one.second));
}
