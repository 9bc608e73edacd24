import { createContext, useContext, useState } from "react";
import type { Visit } from "./router.ts";

export const VisitContext = createContext<Visit | undefined>(undefined);

/** As `useState`; a screen that is come back to finds the value again. `name` is unique within the screen. */
export function useRemembered<T>(name: string, initial: T): [T, (change: T | ((value: T) => T)) => void] {
  const visit = useContext(VisitContext);
  const [value, setValue] = useState<T>(() => (visit?.memory.has(name) ? (visit.memory.get(name) as T) : initial));
  const set = (change: T | ((value: T) => T)) => {
    setValue((before) => {
      const next = change instanceof Function ? change(before) : change;
      visit?.memory.set(name, next);
      return next;
    });
  };
  return [value, set];
}
