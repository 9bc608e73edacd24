import { watch } from "node:fs";
import { asSluiceError } from "../../../core/errors.ts";
import { parseEvent } from "../../../runs/event-reader.ts";
import { type LogLine, LogLines } from "../../../runs/log-lines.ts";
import { createCoalescer } from "../../state/coalescer.ts";
import { createStore, type ReadableStore } from "../../state/store.ts";
import { lineTest } from "./log-query.ts";

export interface LogView {
  /** Lines that were found so far. */
  count: number;
  /** Of the file that was looked through, from 0 to 1. */
  progress: number;
  /** Everything that was there at the beginning has been seen: what comes now is new. */
  isCaughtUp: boolean;
  problem?: string;
}

/** The lines of a log that pass a filter, looked through in the background, and on as the file grows. */
export interface LogSource extends ReadableStore<LogView> {
  read(first: number, count: number): Promise<LogLine[]>;
  /** The number of the line at an offset, or of the next that passes. */
  numberFrom(offset: number): Promise<number>;
  /** The number of the next error after a line, or before it. */
  findError(number: number, step: 1 | -1): Promise<number | undefined>;
  close(): void;
}

/** Some file systems do not tell of changes; then looking this often must do. */
const POLL_MS = 1_000;

export function openLog(path: string, filter: string): LogSource {
  const store = createStore<LogView>({ count: 0, progress: 0, isCaughtUp: false });
  const stopping = new AbortController();
  const opened = LogLines.open(path, lineTest(filter));
  const fail = (error: unknown) => {
    const problem = asSluiceError(error).message;
    if (store.get().problem !== problem) store.update((view) => ({ ...view, problem }));
  };
  let isCaughtUp = false;
  const publish = (lines: LogLines) => store.set({ count: lines.count, progress: lines.progress, isCaughtUp });
  const scan = serial(async () => {
    const lines = await opened;
    const drawing = createCoalescer(() => publish(lines));
    await lines.scan(stopping.signal, drawing.ask);
    drawing.stop();
    isCaughtUp = true;
    if (!stopping.signal.aborted) publish(lines);
  }, fail);
  void scan();
  const stopWatching = watchFile(path, () => void scan());
  return {
    get: store.get,
    subscribe: store.subscribe,
    read: async (first, count) => (await opened).read(first, count),
    findError: async (number, step) => (await opened).find(number, step, isError),
    numberFrom: async (offset) => (await opened).numberFrom(offset),
    close() {
      stopping.abort();
      stopWatching();
      void opened.then((lines) => scan().then(() => lines.close())).catch(() => {});
    },
  };
}

function isError(line: string): boolean {
  return line.includes('"level":"error"') && parseEvent(line)?.level === "error";
}

/** One at a time; asked for while it goes on, once more afterwards. */
function serial(work: () => Promise<void>, onError: (error: unknown) => void): () => Promise<void> {
  let running: Promise<void> | undefined;
  let isAsked = false;
  const run = async () => {
    do {
      isAsked = false;
      await work().catch(onError);
    } while (isAsked);
    running = undefined;
  };
  return () => {
    isAsked = true;
    running ??= run();
    return running;
  };
}

function watchFile(path: string, onChange: () => void): () => void {
  const changed = createCoalescer(onChange);
  try {
    const watcher = watch(path, { persistent: false }, changed.ask);
    watcher.on("error", () => watcher.close());
    return () => {
      watcher.close();
      changed.stop();
    };
  } catch {
    const timer = setInterval(onChange, POLL_MS).unref();
    return () => clearInterval(timer);
  }
}
