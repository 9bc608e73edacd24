import type { ProgramContext } from "./program-context.ts";

/**
 * Makes something once for each use of a connector (a run, a test), however often it is asked for: what is found out or
 * installed for one part of it serves the others. What has failed is tried again.
 */
export function onceARun<C extends ProgramContext, T>(make: (ctx: C) => Promise<T>): (ctx: C) => Promise<T> {
  // Every context of one use has the same `defer`.
  const made = new WeakMap<ProgramContext["defer"], Promise<T>>();
  return (ctx) => {
    const present = made.get(ctx.defer);
    if (present !== undefined) return present;
    const making = make(ctx);
    made.set(ctx.defer, making);
    making.catch(() => made.delete(ctx.defer));
    return making;
  };
}
