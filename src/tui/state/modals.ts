import type { ReactNode } from "react";
import { createStore, type ReadableStore } from "./store.ts";

/** Draws a modal; `close` takes it away. */
export type Modal = (close: () => void) => ReactNode;

/** What lies over the screen: help, palette, questions. The last opened has the keys. */
export interface Modals extends ReadableStore<readonly Modal[]> {
  open(modal: Modal): void;
  closeAll(): void;
  close(modal: Modal): void;
}

export function createModals(): Modals {
  const store = createStore<readonly Modal[]>([]);
  return {
    get: store.get,
    subscribe: store.subscribe,
    open: (modal) => store.update((open) => [...open, modal]),
    close: (modal) => store.update((open) => open.filter((each) => each !== modal)),
    closeAll: () => store.set([]),
  };
}
