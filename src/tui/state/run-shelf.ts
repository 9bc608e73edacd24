import { liveRuns } from "../../runner/run-lock-file.ts";
import type { LogName, SummaryName } from "../../runs/artifact-names.ts";
import { listDays } from "../../runs/run-folders.ts";
import { type ListedRun, readLoggedRun, readSummarizedRun } from "../../runs/run-index.ts";
import type { LockOwner } from "../../system/file-lock.ts";
import type { Workspace } from "../../workspace/locate.ts";
import { createCoalescer } from "./coalescer.ts";
import { createStore, type ReadableStore } from "./store.ts";

/** A run that is known by the names of its files. */
export interface ShelvedRun {
  /** Unique: connection and start. */
  key: string;
  connection: string;
  /** Milliseconds since the Unix epoch. */
  at: number;
  log?: LogName;
  summary?: SummaryName;
}

/** What a run's files say; `unreadable` for a summary that is damaged or of a newer version. */
export type RunDetails = ListedRun | "unreadable";

export interface ShelfView {
  isScanned: boolean;
  /** Newest first. */
  runs: readonly ShelvedRun[];
  byConnection: ReadonlyMap<string, readonly ShelvedRun[]>;
  details: ReadonlyMap<string, RunDetails>;
  /** Runs that are going on, by id, with their processes. */
  live: ReadonlyMap<string, LockOwner>;
}

export interface RunShelf extends ReadableStore<ShelfView> {
  /** Looks at the folders' names again. */
  scan(): Promise<void>;
  /** Asks which runs are going on. */
  lookForLive(): Promise<void>;
  /** Asks for the details of runs that are on the screen, or about to be. */
  want(runs: readonly ShelvedRun[]): void;
  stop(): void;
}

/** Undefined while the files of a run without a log have not been read, or cannot be. */
export function runIdOf({ key, log }: ShelvedRun, { details }: Pick<ShelfView, "details">): string | undefined {
  if (log !== undefined) return log.run_id;
  const known = details.get(key);
  return known === undefined || known === "unreadable" ? undefined : known.run_id;
}

/** Files that are read at once. */
const READERS = 8;

const EMPTY: ShelfView = { isScanned: false, runs: [], byConnection: new Map(), details: new Map(), live: new Map() };

/**
 * All runs of the workspace. Ten thousand of them are found by their files' names alone; a file is opened only when
 * somebody wants to see it.
 */
export function createRunShelf(workspace: Workspace): RunShelf {
  const store = createStore<ShelfView>(EMPTY);
  const details = new DetailReader(store.get, (known) => store.update((view) => ({ ...view, details: known })));
  return {
    get: store.get,
    subscribe: store.subscribe,
    async scan() {
      const { runs, run_logs } = workspace.paths;
      const found = await findRuns(runs, run_logs);
      details.forgetChanged(found);
      store.update((view) => ({ ...view, isScanned: true, runs: found, byConnection: groupByConnection(found) }));
    },
    async lookForLive() {
      const live = await liveRuns(workspace);
      if (sameKeys(live, store.get().live)) return;
      store.update((view) => ({ ...view, live }));
      details.forgetUnfinished();
    },
    want: (runs) => details.want(runs),
    stop: () => details.stop(),
  };
}

class DetailReader {
  readonly #view: () => ShelfView;
  readonly #known = new Map<string, { files: string; run: RunDetails }>();
  readonly #publish;
  #queue: ShelvedRun[] = [];
  readonly #reading = new Set<string>();

  constructor(view: () => ShelfView, publish: (known: Map<string, RunDetails>) => void) {
    this.#view = view;
    this.#publish = createCoalescer(() =>
      publish(new Map(Array.from(this.#known, ([key, { run }]) => [key, run] as const))),
    );
  }

  /** What was wanted before and not begun is wanted no more: the list has been scrolled on. */
  want(runs: readonly ShelvedRun[]): void {
    this.#queue = runs.filter(({ key }) => !this.#known.has(key) && !this.#reading.has(key));
    while (this.#reading.size < READERS && this.#queue.length > 0) void this.#readNext();
  }

  forgetChanged(runs: readonly ShelvedRun[]): void {
    for (const run of runs) if (this.#known.get(run.key)?.files !== filesOf(run)) this.#known.delete(run.key);
  }

  forgetUnfinished(): void {
    for (const [key, { run }] of this.#known) {
      if (run !== "unreadable" && run.summary_path === null) this.#known.delete(key);
    }
    this.#publish.ask();
  }

  stop(): void {
    this.#queue = [];
    this.#publish.stop();
  }

  async #readNext(): Promise<void> {
    const run = this.#queue.shift();
    if (run === undefined) return;
    this.#reading.add(run.key);
    const read = await readRun(run, this.#view).catch((): RunDetails => "unreadable");
    this.#reading.delete(run.key);
    this.#known.set(run.key, { files: filesOf(run), run: read });
    this.#publish.ask();
    await this.#readNext();
  }
}

async function readRun(run: ShelvedRun, view: () => ShelfView): Promise<RunDetails> {
  const summarized = run.summary === undefined ? undefined : await readSummarizedRun(run.summary.path);
  if (summarized !== undefined) return summarized;
  if (run.log === undefined) return "unreadable";
  return readLoggedRun(run.log, ({ run_id }) => view().live.has(run_id));
}

/** A run's log and its summary carry the same millisecond in their names. */
async function findRuns(runs: string, runLogs: string): Promise<ShelvedRun[]> {
  const found = new Map<string, ShelvedRun>();
  for await (const { logs, summaries } of listDays(runs, runLogs)) {
    for (const log of logs) shelve(found, log.connection, log.started_at, { log });
    for (const summary of summaries) shelve(found, summary.connection, summary.at, { summary });
  }
  return [...found.values()].sort((a, b) => b.at - a.at || (a.key < b.key ? 1 : -1));
}

function shelve(
  found: Map<string, ShelvedRun>,
  connection: string,
  at: number,
  files: Pick<ShelvedRun, "log" | "summary">,
): void {
  const key = `${connection} ${at}`;
  found.set(key, { key, connection, at, ...found.get(key), ...files });
}

function groupByConnection(runs: readonly ShelvedRun[]): Map<string, ShelvedRun[]> {
  const groups = new Map<string, ShelvedRun[]>();
  for (const run of runs) {
    const group = groups.get(run.connection);
    if (group === undefined) groups.set(run.connection, [run]);
    else group.push(run);
  }
  return groups;
}

function filesOf({ log, summary }: ShelvedRun): string {
  return `${log?.path ?? ""}|${summary?.path ?? ""}`;
}

function sameKeys(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): boolean {
  return a.size === b.size && [...a.keys()].every((key) => b.has(key));
}
