/** A pause never grows beyond this, so that a server that came back is noticed soon. */
const LONGEST_PAUSE_MS = 60_000;

/**
 * The pause after failed attempt number `attempt` (from 1): doubles each time up to a minute, and of that a random
 * part between a half and the whole, so that many who failed together do not come back together.
 */
export function pauseAfter(attempt: number, backoff_s: number, random: () => number): number {
  const whole = Math.min(LONGEST_PAUSE_MS, backoff_s * 1000 * 2 ** (attempt - 1));
  return Math.round(whole * (0.5 + random() / 2));
}
