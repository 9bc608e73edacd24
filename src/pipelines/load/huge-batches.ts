/** Larger batches come of single rows that are: others hold a few hundred kilobytes. */
const HUGE_BYTES = 8 * 1024 * 1024;

/**
 * To be called before a batch is encoded: what was made of those before it goes first. Texts of many megabytes lie outside of the heap, where the garbage
 * collector sees only a few small objects and no reason to hurry: half a dozen rows would pile up. Does nothing where
 * node was started without `--expose-gc`.
 */
export function forgetHuge(bytes: number): void {
  if (bytes < HUGE_BYTES) return;
  const { gc } = globalThis as { gc?: () => void };
  gc?.();
}
