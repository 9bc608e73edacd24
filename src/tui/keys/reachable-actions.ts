import type { Action } from "./action.ts";
import type { KeyScope } from "./scope-stack.ts";

/** An action with the keys that lead to it now. */
export interface ReachableAction {
  action: Action;
  /** The title of its scope. */
  scope: string;
  /** Empty when an inner scope has all of them. */
  keys: readonly string[];
}

/**
 * The actions of all scopes, innermost first. A key belongs to the innermost that knows it, and what can be written
 * into a field is written.
 */
export function reachableActions(scopes: readonly KeyScope[]): ReachableAction[] {
  const taken = new Set<string>();
  const takers: KeyScope[] = [];
  return scopes.flatMap((scope) => {
    if (scope.takes !== undefined) takers.push(scope);
    const isFree = (key: string) => !taken.has(key) && !takers.some(({ takes }) => takes?.(key) === true);
    const found = scope.actions.map((action) => ({ action, scope: scope.title, keys: action.keys.filter(isFree) }));
    for (const { keys } of found) for (const key of keys) taken.add(key);
    return found;
  });
}
