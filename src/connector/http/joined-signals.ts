/**
 * Joins a caller's signals with our own, each once however many requests it comes with: a joined signal lives until the
 * collector has been through all of memory, so that one for each of 10,000 pages takes dozens of megabytes.
 */
export function joinedSignals(own: AbortSignal): (caller: AbortSignal | undefined) => AbortSignal {
  const joined = new WeakMap<AbortSignal, AbortSignal>();
  return (caller) => {
    if (caller === undefined) return own;
    const known = joined.get(caller);
    if (known !== undefined) return known;
    const signal = AbortSignal.any([own, caller]);
    joined.set(caller, signal);
    return signal;
  };
}
