import { HOME, type Place, placeKey } from "./place.ts";
import { createStore, type ReadableStore } from "./store.ts";

/** A place on the stack, with what its screen wants to find again: filter, selection, scroll. */
export interface Visit {
  place: Place;
  memory: Map<string, unknown>;
}

export interface Router extends ReadableStore<readonly Visit[]> {
  /** The visit that is on the screen. */
  current(): Visit;
  /** Opens a place; one that is on the stack already is gone back to. */
  open(place: Place): void;
  /** Puts a place right above the root, whatever was open: a screen that is about no single thing. */
  switchTo(place: Place): void;
  /**
   * Puts a place where the current one is. What took a while names the visit that it began in: whoever has gone
   * elsewhere meanwhile stays there.
   */
  replace(place: Place, from?: Visit): void;
  /** False at the root, and when `from` has been left. */
  back(from?: Visit): boolean;
}

/** A stack that always has the root at its bottom. */
export function createRouter(first: Place = HOME): Router {
  const isHome = placeKey(first) === placeKey(HOME);
  const store = createStore<readonly Visit[]>([visit(HOME), ...(isHome ? [] : [visit(first)])]);
  /** What was switched to finds its filter and its selection again. */
  const switched = new Map<string, Visit>();
  const current = () => store.get().at(-1) ?? visit(HOME);
  return {
    get: store.get,
    subscribe: store.subscribe,
    current,
    open(place) {
      const stack = store.get();
      const known = stack.findIndex((each) => placeKey(each.place) === placeKey(place));
      store.set(known === -1 ? [...stack, visit(place)] : stack.slice(0, known + 1));
    },
    switchTo(place) {
      const [root = visit(HOME)] = store.get();
      const key = placeKey(place);
      if (key === placeKey(root.place)) return store.set([root]);
      const known = store.get().find((each) => placeKey(each.place) === key) ?? switched.get(key) ?? visit(place);
      switched.set(key, known);
      store.set([root, known]);
    },
    replace(place, from = current()) {
      if (current() === from) store.update((stack) => [...stack.slice(0, -1), visit(place)]);
    },
    back(from = current()) {
      const stack = store.get();
      if (stack.length === 1 || current() !== from) return false;
      store.set(stack.slice(0, -1));
      return true;
    },
  };
}

function visit(place: Place): Visit {
  return { place, memory: new Map() };
}
