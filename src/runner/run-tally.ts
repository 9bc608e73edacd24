import type { SluiceError } from "../core/errors.ts";
import { reportError } from "../core/errors.ts";
import type { EventData } from "../core/events.ts";
import { addCounts as addRowCounts, NO_ROWS } from "../databases/postgres/row-counts.ts";
import type { StateMirror, StreamResult } from "../pipelines/load/plan.ts";
import type { StreamStats } from "../runs/summary-file.ts";
import { RunWarnings } from "./run-warnings.ts";

export type SchemaChangeOfStream = EventData<"schema.change"> & { stream: string };

export interface Destination {
  host: string;
  port: number;
  database: string;
  namespace: string;
}

const COUNTS = [
  "rows_read",
  "rows_written",
  "inserted",
  "updated",
  "unchanged",
  "deleted",
  "rejected",
  "bytes",
] as const;

/** What a run has come to so far, over all its attempts. */
export class RunTally {
  attempts = 0;
  destination: Destination | null = null;
  stateBefore: StateMirror | null = null;
  stateAfter: StateMirror | null = null;
  readonly schemaChanges: SchemaChangeOfStream[] = [];
  /** Tables that were not there before the run. */
  readonly newTables = new Set<string>();
  readonly warnings = new RunWarnings();
  /** By stream, how it would be loaded: of a dry run. */
  readonly foreseen = new Map<string, string>();
  readonly #streams = new Map<string, StreamStats>();
  readonly #errors = new Map<string, SluiceError>();

  /** Counts of several attempts add up; outcome and error are those of the latest. */
  add(result: StreamResult): void {
    const earlier = this.#streams.get(result.stream);
    const { table, mode, outcome } = result;
    const stats: StreamStats = {
      ...{ table, mode, outcome },
      ...addCounts(earlier, result),
      duration_ms: (earlier?.duration_ms ?? 0) + result.duration_ms,
      continued_from: (earlier ?? result).continued_from,
      continued_at: (earlier ?? result).continued_at,
      ...withChildren(earlier, result),
      error: result.error === undefined ? null : reportError(result.error),
    };
    this.#streams.set(result.stream, stats);
    if (result.error === undefined) this.#errors.delete(result.stream);
    else this.#errors.set(result.stream, result.error);
    for (const change of result.schema_changes) this.schemaChanges.push({ stream: result.stream, ...change });
    for (const made of result.new_tables) this.newTables.add(made);
  }

  get stats(): Record<string, StreamStats> {
    return Object.fromEntries(this.#streams);
  }

  get totals(): EventData<"run.finish">["totals"] {
    return [...this.#streams.values()].reduce(addCounts, addCounts(undefined, undefined));
  }

  /** Why streams have not succeeded, in the order in which they were first tried. */
  get streamErrors(): SluiceError[] {
    return [...this.#streams.keys()].flatMap((stream) => this.#errors.get(stream) ?? []);
  }

  hasSucceeded(stream: string): boolean {
    return this.#streams.get(stream)?.outcome === "success";
  }

  /** True for what another attempt may get done: failures that may pass, and what was stopped on their account alone. */
  isWorthAnotherTry(stream: string): boolean {
    const stats = this.#streams.get(stream);
    if (this.#errors.get(stream)?.code === "stream_stopped") return false;
    if (stats === undefined || stats.outcome === "cancelled" || stats.outcome === "skipped") return true;
    return stats.outcome === "failed" && this.#errors.get(stream)?.recovery === "retry";
  }
}

/** Streams without tables of lists say nothing of them. */
function withChildren(
  earlier: StreamStats | undefined,
  { child_tables }: StreamResult,
): Pick<StreamStats, "child_tables"> {
  const before = earlier?.child_tables ?? {};
  const tables = [...new Set([...Object.keys(before), ...Object.keys(child_tables ?? {})])];
  if (tables.length === 0) return {};
  const sum = (table: string) => addRowCounts(before[table] ?? NO_ROWS, child_tables?.[table] ?? NO_ROWS);
  return { child_tables: Object.fromEntries(tables.map((table) => [table, sum(table)])) };
}

type Counts = Record<(typeof COUNTS)[number], number>;

function addCounts(a: Counts | undefined, b: Counts | undefined): Counts {
  return Object.fromEntries(COUNTS.map((name) => [name, (a?.[name] ?? 0) + (b?.[name] ?? 0)])) as Counts;
}
