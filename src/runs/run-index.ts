import { access, open } from "node:fs/promises";
import { SluiceError } from "../core/errors.ts";
import type { EventData, RunEvent, RunStatus, Trigger } from "../core/events.ts";
import { dayOf, isoTime } from "../core/time.ts";
import { type LogName, logPath, type SummaryName, startOf } from "./artifact-names.ts";
import { parseEvent } from "./event-reader.ts";
import { type DayOfRuns, listDays } from "./run-folders.ts";
import { type RunSummary, readSummary } from "./summary-file.ts";

/** A run that is in a list: what its summary says, or as much as its log alone can tell. */
export interface ListedRun {
  run_id: string;
  connection: string;
  type: string | null;
  /** `interrupted`: its log has no end and nobody is running it. */
  status: RunStatus | "interrupted" | "running";
  trigger: Trigger | null;
  started_at: string;
  finished_at: string | null;
  duration_ms: number | null;
  attempts: number | null;
  rows_written: number | null;
  error: RunSummary["error"];
  events_path: string | null;
  summary_path: string | null;
}

export interface ListRunsOptions {
  connection?: string;
  status?: ListedRun["status"];
  /** All unless given. */
  limit?: number;
  /** Asked of runs whose log has no end: is somebody running it? Nobody is, unless given. */
  isLive?: (run: { run_id: string }) => boolean | Promise<boolean>;
}

/** A file of a run, known by its name alone. */
type RunFile = { at: number; log: LogName } | { at: number; summary: SummaryName };

/** Newest first. Opens only the files of runs that are in the answer, or that must be looked at for `status`. */
export async function listRuns(runs: string, runLogs: string, options: ListRunsOptions = {}): Promise<ListedRun[]> {
  const { limit = Number.POSITIVE_INFINITY, status } = options;
  const listed: ListedRun[] = [];
  for await (const run of describeRuns(runs, runLogs, options)) {
    if (status === undefined || run.status === status) listed.push(run);
    if (listed.length >= limit) break;
  }
  return listed;
}

/**
 * A run by its id, by a beginning of it that no other run shares, or `latest`, with its log where that is now. Throws
 * `run_unknown`.
 */
export async function findRun(
  runs: string,
  runLogs: string,
  wanted: string,
  options: Omit<ListRunsOptions, "limit" | "status"> = {},
): Promise<ListedRun> {
  if (wanted === "latest") {
    const [latest] = await listRuns(runs, runLogs, { ...options, limit: 1 });
    if (latest !== undefined) return withLog(latest, runLogs);
    throw new SluiceError("run_unknown", "looking for the latest run: there is none yet in this workspace.");
  }
  const prefix = wanted.toLowerCase();
  const times = timesOf(prefix);
  const isAsked = (file: RunFile) => mayBeginWith(file, prefix, times);
  const isDay = (day: string) => day >= dayOf(times.first) && day <= dayOf(times.last + MOST_RUNS_PER_MS);
  const matches: ListedRun[] = [];
  for await (const run of describeRuns(runs, runLogs, options, { isAsked, isDay })) {
    if (run.run_id.startsWith(prefix)) matches.push(run);
  }
  const [only, second] = matches;
  if (only !== undefined && second === undefined) return withLog(only, runLogs);
  throw unknownRun(wanted, matches);
}

/** Where its log is now: a workspace may have been moved since its summary was written, and logs are thrown away. */
async function withLog(run: ListedRun, runLogs: string): Promise<ListedRun> {
  const here = logPath(runLogs, { ...run, started_at: startOf(run.run_id) });
  for (const path of [run.events_path, here]) {
    if (path !== null && (await isThere(path))) return { ...run, events_path: path };
  }
  return { ...run, events_path: null };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Tells every run once: by its summary where there is one, else by its log. A summary is named after the millisecond
 * its run began in, or a later one if that was taken, so going from new to old it always comes before its log.
 */
async function* describeRuns(
  runs: string,
  runLogs: string,
  options: ListRunsOptions,
  { isAsked, isDay }: { isAsked(file: RunFile): boolean; isDay(day: string): boolean } = ALL,
): AsyncGenerator<ListedRun> {
  const told = new Set<string>();
  for await (const day of listDays(runs, runLogs, isDay)) {
    for (const file of filesOf(day, options.connection).filter(isAsked)) {
      if ("log" in file && told.has(file.log.run_id)) continue;
      const run =
        "log" in file ? await readLoggedRun(file.log, options.isLive) : await readSummarizedRun(file.summary.path);
      if (run === undefined || told.has(run.run_id)) continue;
      told.add(run.run_id);
      yield run;
    }
  }
}

function filesOf({ logs, summaries }: DayOfRuns, connection: string | undefined): RunFile[] {
  const isAsked = (name: { connection: string }) => connection === undefined || name.connection === connection;
  const files: RunFile[] = [
    ...summaries.filter(isAsked).map((summary) => ({ at: summary.at, summary })),
    ...logs.filter(isAsked).map((log) => ({ at: log.started_at, log })),
  ];
  return files.sort((a, b) => b.at - a.at);
}

/** How far a summary's name may be from its run's start where many began in one millisecond. */
const MOST_RUNS_PER_MS = 32;

const ALL = { isAsked: () => true, isDay: () => true };

/** The latest day that a folder of runs can be named after: an id may say a later one. */
const END_OF_TIME = Date.parse("9999-12-31T23:59:59.999Z") - MOST_RUNS_PER_MS;

/** A run's id begins with its start in milliseconds: between these a run began whose id begins so. */
function timesOf(prefix: string): { first: number; last: number } {
  const start = prefix.replaceAll("-", "").slice(0, 12);
  if (!/^[0-9a-f]*$/.test(start)) return { first: 0, last: 0 };
  const at = (fill: string) => Math.min(END_OF_TIME, Number.parseInt(start.padEnd(12, fill), 16));
  return { first: at("0"), last: at("f") };
}

/** Most files need not be opened to be ruled out. */
function mayBeginWith(file: RunFile, prefix: string, { first, last }: { first: number; last: number }): boolean {
  if ("log" in file) return file.log.run_id.startsWith(prefix);
  return file.at >= first && file.at < last + MOST_RUNS_PER_MS;
}

/** A run as its summary tells it; undefined when the file is no summary. */
export async function readSummarizedRun(path: string): Promise<ListedRun | undefined> {
  const summary = await readSummary(path).catch(() => undefined);
  if (summary === undefined) return undefined;
  const { run_id, connection, type, status, trigger, started_at, finished_at } = summary;
  const { duration_ms, attempts, error, events_path } = summary;
  const rows_written = Object.values(summary.progress_counts).reduce((sum, rows) => sum + rows, 0);
  const times = { started_at, finished_at, duration_ms };
  const files = { events_path, summary_path: path };
  return { run_id, connection, type, status, trigger, ...times, attempts, rows_written, error, ...files };
}

/** A run as the two ends of its log tell it. */
export async function readLoggedRun(log: LogName, isLive?: ListRunsOptions["isLive"]): Promise<ListedRun> {
  const { first, last } = await firstAndLastEvent(log.path);
  const finish = last?.kind === "run.finish" ? (last.data as EventData<"run.finish">) : undefined;
  const isUnfinished = async () => ((await isLive?.(log)) === true ? "running" : "interrupted");
  return {
    run_id: log.run_id,
    connection: log.connection,
    type: first?.type ?? null,
    status: finish?.status ?? (await isUnfinished()),
    trigger: first?.kind === "run.start" ? first.data.trigger : null,
    started_at: first?.ts ?? isoTime(log.started_at),
    finished_at: finish === undefined ? null : (last?.ts ?? null),
    duration_ms: finish?.duration_ms ?? null,
    attempts: finish?.attempts ?? null,
    rows_written: finish?.totals.rows_written ?? null,
    error: finish?.error ?? null,
    events_path: log.path,
    summary_path: null,
  };
}

/** Enough for the longest first or last line; one that is longer counts as damaged. */
const EDGE_BYTES = 64 * 1024;

/** Reads only the two ends of the file, however long it is. */
async function firstAndLastEvent(path: string): Promise<{ first?: RunEvent; last?: RunEvent }> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return {};
  try {
    const { size } = await file.stat();
    const head = await file.read(Buffer.alloc(EDGE_BYTES), 0, EDGE_BYTES, 0);
    const tail = await file.read(Buffer.alloc(EDGE_BYTES), 0, EDGE_BYTES, Math.max(0, size - EDGE_BYTES));
    const firstLine = head.buffer.toString("utf8", 0, head.bytesRead).split("\n")[0] ?? "";
    const lastLine = tail.buffer.toString("utf8", 0, tail.bytesRead).trimEnd().split("\n").at(-1) ?? "";
    const first = parseEvent(firstLine);
    const last = parseEvent(lastLine);
    return { ...(first && { first }), ...(last && { last }) };
  } finally {
    await file.close();
  }
}

/** Runs that one message lists. */
const MOST_NAMED = 5;

function unknownRun(wanted: string, matches: ListedRun[]): SluiceError {
  if (matches.length === 0) {
    const message = `looking for run "${wanted}": there is none. \`sluice runs list\` shows those that there are.`;
    return new SluiceError("run_unknown", message, { details: { wanted } });
  }
  const ids = matches.slice(0, MOST_NAMED).map((run) => run.run_id);
  const more = matches.length > ids.length ? " …" : "";
  const message = `looking for run "${wanted}": ${matches.length} runs begin with it (${ids.join(", ")}${more}). Give more of the id.`;
  return new SluiceError("run_unknown", message, { details: { wanted, matches: ids } });
}
