/** Ten pictures a second are as many as a person can read; each one costs the drawing of a screen. */
export const COALESCE_MS = 100;

export interface Coalescer {
  /** Asks for the work to be done: soon, and once however often it was asked for. */
  ask(): void;
  stop(): void;
}

/** Does `work` at once when nothing was asked for lately, else when the pause since the last time is over. */
export function createCoalescer(work: () => void, pause_ms = COALESCE_MS): Coalescer {
  let timer: NodeJS.Timeout | undefined;
  let isAsked = false;
  const run = () => {
    timer = undefined;
    if (!isAsked) return;
    isAsked = false;
    timer = setTimeout(run, pause_ms);
    work();
  };
  return {
    ask() {
      isAsked = true;
      timer ??= setTimeout(run, 0);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      isAsked = false;
    },
  };
}
