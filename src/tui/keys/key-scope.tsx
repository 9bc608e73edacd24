import { createContext, type ReactNode, useContext, useLayoutEffect, useRef, useSyncExternalStore } from "react";
import { useSession } from "../session-context.ts";
import type { KeyScope as Scope } from "./scope-stack.ts";

const Depth = createContext(0);

/** Deeper than scopes are ever nested. */
const LAYER_DEPTH = 100;

/** Takes keys for as long as it is mounted. What is mounted inside of it comes first. */
export function KeyScope({ children, ...scope }: Scope & { children?: ReactNode }): ReactNode {
  const depth = useContext(Depth);
  useKeys(scope);
  return <Depth value={depth + 1}>{children}</Depth>;
}

/** Lies over everything beside it, however deep that is nested: for modals. */
export function KeyLayer({ children }: { children: ReactNode }): ReactNode {
  return <Depth value={useContext(Depth) + LAYER_DEPTH}>{children}</Depth>;
}

/** As `KeyScope`, for a component without parts that take keys themselves. */
export function useKeys(scope: Scope): void {
  const { keys } = useSession();
  const depth = useContext(Depth);
  const registration = useRef<ReturnType<typeof keys.add>>(undefined);
  useLayoutEffect(() => {
    const added = keys.add(depth, { title: "", actions: [] });
    registration.current = added;
    return () => added.remove();
  }, [keys, depth]);
  useLayoutEffect(() => registration.current?.update(scope));
}

/** The scopes that keys reach now, innermost first. */
export function useActiveScopes(): readonly Scope[] {
  const { keys } = useSession();
  return useSyncExternalStore(keys.subscribe, () => keys.active);
}
