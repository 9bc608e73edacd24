import type { Registry } from "../connector/registry.ts";
import type { EventListener } from "../core/event-stream.ts";
import type { Trigger } from "../core/events.ts";
import type { Clock } from "../core/time.ts";
import type { Workspace } from "../workspace/locate.ts";

/** What somebody wants to be run: a person, a schedule, a program. */
export interface RunRequest {
  /** The connection's name. */
  connection: string;
  /** Only these streams; all that the connection selects unless given. */
  streams?: readonly string[];
  /** Start from the beginning and put the result in the tables' place. */
  full_refresh?: boolean;
  /** Further attempts after the first; the workspace's setting unless given. */
  retries?: number;
  /** Seconds before the second attempt; doubles with every further one. */
  backoff_s?: number;
  /** Seconds that the whole run may take; no limit unless given. */
  timeout_s?: number;
  trigger: Trigger;
  /** Check, discover and report what would be loaded, and from where; write nothing to the destination. */
  dry_run?: boolean;
}

/** What a run works with. Nothing here is shared between runs, so that many can live in one process. */
export interface RunnerDeps {
  workspace: Workspace;
  registry: Registry;
  clock: Clock;
  /** Of Sluice, for the records. */
  version: string;
  /** Between 0 and 1, for the jitter of pauses; `Math.random` unless given. */
  random?: () => number;
}

export interface RunOptions {
  /** Cancels the run. Its reason may be a SluiceError: `interrupted` (unless given), `terminated`. */
  signal?: AbortSignal;
  onEvent?: EventListener;
  /** Awaited between batches: a listener that falls behind can slow the run down. */
  ready?: () => Promise<void>;
}
