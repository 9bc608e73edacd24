import { followEvents } from "../../runs/event-reader.ts";
import { createCoalescer } from "./coalescer.ts";
import { applyEvent, type LiveRun, newLiveRun } from "./live-run.ts";
import { createStore, type ReadableStore } from "./store.ts";

export interface Followed extends ReadableStore<LiveRun> {
  stop(): void;
}

export interface FollowOptions {
  run_id: string;
  events_path: string;
  isLive(): Promise<boolean>;
  /** Told once when the file cannot be read any further. */
  onFailure(error: unknown): void;
}

/** With the clock, which is drawn once a second, fewer than ten pictures in it. */
const PAUSE_MS = 125;

/**
 * Follows the event file of any run of the workspace, whoever started it, from its first line. Screens see at most eight
 * new states a second.
 */
export function followRun({ run_id, events_path, isLive, onFailure }: FollowOptions): Followed {
  const run = newLiveRun(run_id);
  const store = createStore<LiveRun>({ ...run });
  const stopping = new AbortController();
  const publish = () => store.set({ ...run, streams: run.streams.map((stream) => ({ ...stream })) });
  const coalescer = createCoalescer(publish, PAUSE_MS);
  const follow = async () => {
    for await (const event of followEvents(events_path, { isLive, signal: stopping.signal })) {
      applyEvent(run, event);
      coalescer.ask();
    }
    if (stopping.signal.aborted) return;
    if (run.status === "running" || run.status === "starting") run.status = "dead";
    coalescer.stop();
    publish();
  };
  follow().catch(onFailure);
  return {
    get: store.get,
    subscribe: store.subscribe,
    stop() {
      stopping.abort();
      coalescer.stop();
    },
  };
}
