import { asSluiceError, type SluiceError } from "../core/errors.ts";
import type { RunEvent } from "../core/events.ts";
import type { RunName } from "../runs/artifact-names.ts";
import { type EventLog, openEventLog } from "../runs/event-log.ts";
import { assertSummaryWritable, type RunSummary, writeSummary } from "../runs/summary-file.ts";

/**
 * A run's event log and summary. Events that come before the log is open wait for it; if it never opens, they only
 * went to whoever listened.
 */
export class RunArtifacts {
  readonly #folders: { runs: string; run_logs: string };
  readonly #name: RunName;
  #waiting: string[] = [];
  #log: EventLog | undefined;
  summary_path: string | null = null;

  constructor(folders: { runs: string; run_logs: string }, name: RunName) {
    this.#folders = folders;
    this.#name = name;
  }

  get events_path(): string | null {
    return this.#log?.path ?? null;
  }

  /** Throws `artifacts_unwritable` when the log or, later, the summary could not be written. */
  async open(): Promise<void> {
    await assertSummaryWritable(this.#folders.runs, this.#name.connection, this.#name.started_at);
    this.#log = await openEventLog(this.#folders.run_logs, this.#name);
    for (const line of this.#waiting) this.#log.write(line);
    this.#waiting = [];
  }

  take(event: RunEvent, line: string): void {
    if (this.#log === undefined) this.#waiting.push(line);
    else this.#log.write(line);
    if (event.kind === "checkpoint.commit") void this.#log?.flush();
  }

  /** Why the run must not go on, if it must not. */
  failure(): SluiceError | undefined {
    const failure = this.#log?.failure();
    return failure === undefined ? undefined : asSluiceError(failure);
  }

  async flush(): Promise<void> {
    await this.#log?.flush();
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }

  /** Does nothing for a run that has no log: it left no trace anywhere. */
  async store(summary: RunSummary): Promise<void> {
    if (this.#log !== undefined) this.summary_path = await writeSummary(this.#folders.runs, summary);
  }
}
