import { join } from "node:path";
import { compactTimestamp, dayOf } from "../core/time.ts";

/**
 * The names of a run's files (contract). Both carry the time of the run's start: a run's id begins with the same
 * millisecond that its summary is named after, which is how the two find each other without being opened.
 */

export interface RunName {
  connection: string;
  run_id: string;
  /** Milliseconds since the Unix epoch. */
  started_at: number;
}

export interface LogName extends RunName {
  path: string;
}

export interface SummaryName {
  connection: string;
  /** Milliseconds since the Unix epoch. */
  at: number;
  path: string;
}

const LOG_NAME = /^(.+)_([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})_events\.jsonl$/;
const SUMMARY_NAME = /^(.+)_(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})(\d{3})Z\.json$/;

/** `<folder>/2026-11-20/orders_0193…_events.jsonl` */
export function logPath(folder: string, run: RunName): string {
  return join(folder, dayOf(run.started_at), `${run.connection}_${run.run_id}_events.jsonl`);
}

/** `<folder>/2026-11-20/orders_20261120T100000123Z.json` */
export function summaryPath(folder: string, connection: string, at: number): string {
  return join(folder, dayOf(at), `${connection}_${compactTimestamp(at)}.json`);
}

export function parseLogName(folder: string, file: string): LogName | undefined {
  const [, connection, run_id] = LOG_NAME.exec(file) ?? [];
  if (connection === undefined || run_id === undefined) return undefined;
  return { connection, run_id, started_at: startOf(run_id), path: join(folder, file) };
}

export function parseSummaryName(folder: string, file: string): SummaryName | undefined {
  const [, connection, ...time] = SUMMARY_NAME.exec(file) ?? [];
  if (connection === undefined) return undefined;
  const [year, month, day, hour, minute, second, ms] = time;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`);
  return Number.isNaN(at) ? undefined : { connection, at, path: join(folder, file) };
}

/** The millisecond that a version 7 UUID was made in. */
export function startOf(runId: string): number {
  return Number.parseInt(runId.replace("-", "").slice(0, 12), 16);
}
