import { formatCount } from "../core/count-text.ts";
import { formatDuration } from "../core/time.ts";
import type { StreamStats } from "../runs/summary-file.ts";
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

/** What a person wants to know first: how it ended, what arrived where, and what to do about what did not. */
export function renderReport({ connection, duration_ms, dry_run, tally, verdict }: ReportSubject): string {
  const streams = Object.entries(tally.stats);
  const tries = tally.attempts > 1 ? ` and ${tally.attempts} attempts` : "";
  const dry = dry_run ? ": a dry run, nothing was loaded" : "";
  const lines = [`${connection}: ${verdict.status} after ${formatDuration(duration_ms)}${tries}${dry}`];
  for (const [name, stats] of streams.slice(0, MOST_STREAMS)) {
    lines.push(`  ${name}: ${describeStream(stats, tally.foreseen.get(name))}`);
  }
  if (streams.length > MOST_STREAMS) lines.push(`  and ${formatCount(streams.length - MOST_STREAMS, "more stream")}`);
  for (const warning of tally.warnings.list) lines.push(`  warning: ${warning}`);
  if (verdict.error !== null) lines.push(`  ${verdict.error.code}: ${verdict.error.message}`);
  return lines.join("\n");
}

function describeStream(stats: StreamStats, foreseen: string | undefined): string {
  if (foreseen !== undefined) return `would be loaded ${foreseen} → ${stats.table}`;
  const counts = COUNT_NAMES.filter((name) => stats[name] > 0).map((name) => `${formatCount(stats[name])} ${name}`);
  const nothing = stats.outcome === "success" ? "nothing new" : "nothing loaded";
  const what = counts.length === 0 ? nothing : counts.join(", ");
  const outcome = stats.outcome === "success" ? "" : ` (${stats.outcome}${stats.error ? `: ${stats.error.code}` : ""})`;
  const from = stats.continued_at === null ? "" : `, continued from ${stats.continued_at}`;
  return `${what} → ${stats.table}${outcome}${from}`;
}
