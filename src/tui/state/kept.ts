import { useState } from "react";
import type { Session } from "../session.ts";
import { useSession } from "../session-context.ts";

/** Unsaved work by name. It outlives the screen that it was done on, and ends with the session. */
const kept = new WeakMap<Session, Map<string, unknown>>();

/** As `useState`; whoever comes back to the screen, by whatever way, finds the value again until it is forgotten. */
export function useKept<T>(name: string, initial: T): [T, (value: T) => void] {
  const all = keptOf(useSession());
  const [value, setValue] = useState<T>(() => (all.has(name) ? (all.get(name) as T) : initial));
  const set = (next: T) => {
    all.set(name, next);
    setValue(next);
  };
  return [value, set];
}

/** To be called when the work is saved or dropped. */
export function forgetKept(session: Session, ...names: readonly string[]): void {
  for (const name of names) keptOf(session).delete(name);
}

function keptOf(session: Session): Map<string, unknown> {
  const found = kept.get(session) ?? new Map<string, unknown>();
  kept.set(session, found);
  return found;
}
