import { useCallback, useEffect, useRef, useState } from "react";
import { asSluiceError } from "../../core/errors.ts";
import type { Step } from "../../runner/connection-test.ts";

export interface RunningTest {
  steps: readonly Step[];
  isRunning: boolean;
  again(): void;
}

/** Yields the steps of a test as they are done, and stops when the signal aborts. */
export type Test = (signal: AbortSignal) => AsyncIterable<Step>;

/** Runs a test when the screen opens, and again when asked to. Leaving the screen stops it. */
export function useTest(test: Test): RunningTest {
  const [state, setState] = useState<Omit<RunningTest, "again">>({ steps: [], isRunning: true });
  const stop = useRef<AbortController>(undefined);
  const latest = useRef(test);
  latest.current = test;
  const again = useCallback(() => {
    stop.current?.abort();
    const stopping = new AbortController();
    stop.current = stopping;
    setState({ steps: [], isRunning: true });
    const show = (change: (before: readonly Step[]) => readonly Step[], isRunning: boolean) => {
      if (!stopping.signal.aborted) setState(({ steps }) => ({ steps: change(steps), isRunning }));
    };
    const run = async () => {
      for await (const step of latest.current(stopping.signal)) show((before) => [...before, step], true);
    };
    run().then(
      () => show((before) => before, false),
      (error) => show((before) => [...before, thrown(error)], false),
    );
  }, []);
  useEffect(() => {
    again();
    return () => stop.current?.abort();
  }, [again]);
  return { ...state, again };
}

function thrown(error: unknown): Step {
  return { step: "test", ok: false, ms: 0, message: asSluiceError(error).message };
}
