import type { Action } from "./action.ts";
import type { Press } from "./press.ts";

/** A part of the screen that takes keys. */
export interface KeyScope {
  /** What the help calls it: `Connections`, `Moving`. */
  title: string;
  actions: readonly Action[];
  /** Keys do not reach the scopes below. */
  isModal?: boolean;
  /** Reached through a modal scope too: how to leave must never be taken away. */
  isAlways?: boolean;
  /** Takes what is typed before any action does; true when it was used. */
  onPress?(press: Press): boolean;
  /** Which keys `onPress` uses, so that nobody is told that they do something else. */
  takes?(key: string): boolean;
  onPaste?(text: string): boolean;
}

/** What happens around an action. */
export interface ActionListener {
  /** A key was pressed whose action cannot run now. */
  onDisabled(action: Action, reason: string): void;
  onFailure(action: Action, error: unknown): void;
}

interface Entry {
  depth: number;
  order: number;
  scope: KeyScope;
}

/**
 * Every key goes through here, from the innermost scope outwards; whoever knows the key consumes it. Keys are unique
 * within a scope; an inner scope hides the same key of an outer one.
 */
export class ScopeStack {
  readonly #entries = new Set<Entry>();
  readonly #listeners = new Set<() => void>();
  readonly #actionListener: ActionListener;
  #order = 0;
  #active: readonly KeyScope[] = [];
  #signature = "";

  constructor(actionListener: ActionListener) {
    this.#actionListener = actionListener;
  }

  /** Returns how to change and to remove the scope. */
  add(depth: number, scope: KeyScope): { update(scope: KeyScope): void; remove(): void } {
    const entry: Entry = { depth, order: this.#order++, scope };
    this.#entries.add(entry);
    this.#changed();
    return {
      update: (next) => {
        entry.scope = next;
        this.#changed();
      },
      remove: () => {
        this.#entries.delete(entry);
        this.#changed();
      },
    };
  }

  /** The scopes that keys reach, innermost first. A new list only when what people see of it has changed; its actions
   * are for showing, `performById` does the newest. */
  get active(): readonly KeyScope[] {
    return this.#active;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** False when nobody wanted the key. */
  dispatch(press: Press): boolean {
    for (const scope of this.#reachable()) {
      if (scope.onPress?.(press) === true) return true;
      const action = scope.actions.find(({ keys }) => keys.includes(press.key));
      if (action !== undefined) {
        this.perform(action);
        return true;
      }
    }
    return false;
  }

  /** Text that is nobody's is not typed either: it could do anything. */
  paste(text: string): boolean {
    return this.#reachable().some((scope) => scope.onPaste?.(text) === true);
  }

  /** As its key would, for the palette. False when it cannot be reached any more. */
  performById(id: string): boolean {
    const action = this.#reachable()
      .flatMap(({ actions }) => actions)
      .find((each) => each.id === id);
    if (action !== undefined) this.perform(action);
    return action !== undefined;
  }

  perform(action: Action): void {
    if (action.disabled !== undefined) {
      this.#actionListener.onDisabled(action, action.disabled);
      return;
    }
    try {
      const done = action.run();
      if (done instanceof Promise) done.catch((error) => this.#actionListener.onFailure(action, error));
    } catch (error) {
      this.#actionListener.onFailure(action, error);
    }
  }

  #reachable(): KeyScope[] {
    const sorted = [...this.#entries].sort((a, b) => b.depth - a.depth || b.order - a.order);
    const modal = sorted.findIndex(({ scope }) => scope.isModal === true);
    const isReached = ({ scope }: Entry, index: number) => modal === -1 || index <= modal || scope.isAlways === true;
    return sorted.filter(isReached).map(({ scope }) => scope);
  }

  #changed(): void {
    const reachable = this.#reachable();
    const signature = JSON.stringify(
      reachable.map(({ title, actions, takes }) => [title, takes !== undefined, actions.map(lookOf)]),
    );
    if (signature === this.#signature) return;
    this.#signature = signature;
    this.#active = reachable;
    for (const listener of this.#listeners) listener();
  }
}

function lookOf({ id, keys, title, disabled, footer }: Action): unknown[] {
  return [id, keys, title, disabled, footer];
}
