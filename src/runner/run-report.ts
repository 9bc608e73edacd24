import { formatCount } from "../core/count-text.ts";
import { formatDuration } from "../core/time.ts";
import type { StreamStats } from "../runs/summary-file.ts";
import { describeColumns } from "./changed-columns.ts";
import type { RunTally } from "./run-tally.ts";
import type { Verdict } from "./run-verdict.ts";

export interface ReportSubject {
  connection: string;
  duration_ms: number;
  dry_run: boolean;
  tally: RunTally;
  verdict: Verdict;
}

const COUNT_NAMES = ["inserted", "updated", "unchanged", "deleted", "rejected"] as const;

/** Streams beyond this are summed up in one line: the report is short text for people. */
const MOST_STREAMS = 20;

/** Tables of lists beyond this, of one stream. */
const MOST_CHILDREN = 10;

/** What a person wants to know first: how it ended, what arrived where, and what to do about what did not. */
export function renderReport({ connection, duration_ms, dry_run, tally, verdict }: ReportSubject): string {
  const streams = Object.entries(tally.stats);
  const tries = tally.attempts > 1 ? ` and ${tally.attempts} attempts` : "";
  const dry = dry_run ? ": a dry run, nothing was loaded" : "";
  const lines = [`${connection}: ${verdict.status} after ${formatDuration(duration_ms)}${tries}${dry}`];
  for (const [name, stats] of streams.slice(0, MOST_STREAMS)) {
    lines.push(`  ${name}: ${describeStream(stats, tally.foreseen.get(name))}`, ...describeChildren(stats));
  }
  if (streams.length > MOST_STREAMS) lines.push(`  and ${formatCount(streams.length - MOST_STREAMS, "more stream")}`);
  lines.push(...describeColumns(tally));
  for (const warning of tally.warnings.list) lines.push(`  warning: ${warning}`);
  if (verdict.error !== null) lines.push(`  ${verdict.error.code}: ${verdict.error.message}`);
  return lines.join("\n");
}

/** The tables of lists in a stream's rows in which something has happened. */
function describeChildren({ child_tables = {} }: StreamStats): string[] {
  const told = Object.entries(child_tables).flatMap(([table, counts]) => {
    const text = countsText(counts);
    return text === "" ? [] : [`    ${text} → ${table}`];
  });
  const more = told.length - MOST_CHILDREN;
  return more > 0 ? [...told.slice(0, MOST_CHILDREN), `    and ${formatCount(more, "more table")}`] : told;
}

function countsText(counts: Partial<Record<(typeof COUNT_NAMES)[number], number>>): string {
  return COUNT_NAMES.flatMap((name) => {
    const count = counts[name] ?? 0;
    return count > 0 ? [`${formatCount(count)} ${name}`] : [];
  }).join(", ");
}

function describeStream(stats: StreamStats, foreseen: string | undefined): string {
  if (foreseen !== undefined) return `would be loaded ${foreseen} → ${stats.table}`;
  const nothing = stats.outcome === "success" ? "nothing new" : "nothing loaded";
  const what = countsText(stats) || nothing;
  const outcome = stats.outcome === "success" ? "" : ` (${stats.outcome}${stats.error ? `: ${stats.error.code}` : ""})`;
  const from = stats.continued_at === null ? "" : `, continued from ${stats.continued_at}`;
  return `${what} → ${stats.table}${outcome}${from}`;
}
