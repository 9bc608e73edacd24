import { isSluiceError } from "../../core/errors.ts";
import { createStore, type ReadableStore } from "./store.ts";

export interface Notice {
  level: "info" | "good" | "warn" | "error";
  text: string;
}

/** The one line above the footer that says what has just happened. */
export interface Notices extends ReadableStore<Notice | undefined> {
  say(text: string, level?: Notice["level"]): void;
  fail(error: unknown): void;
  clear(): void;
}

/** Good news may go away by itself; a failure stays until a key is pressed. */
const SHOWN_MS = 6_000;

export function createNotices(redact: (text: string) => string): Notices {
  const store = createStore<Notice | undefined>(undefined);
  let timer: NodeJS.Timeout | undefined;
  const show = (notice: Notice | undefined) => {
    clearTimeout(timer);
    store.set(notice);
    if (notice === undefined || notice.level === "error") return;
    timer = setTimeout(() => store.set(undefined), SHOWN_MS);
    timer.unref();
  };
  return {
    get: store.get,
    subscribe: store.subscribe,
    say: (text, level = "info") => show({ level, text: redact(text) }),
    fail: (error) => show({ level: "error", text: redact(describe(error)) }),
    clear: () => show(undefined),
  };
}

function describe(error: unknown): string {
  if (isSluiceError(error)) return `[${error.code}] ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
