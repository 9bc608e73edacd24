import type { BigIntStats } from "node:fs";

/** A file changed again so soon after it was read may keep its times, as far as their resolution goes. */
const FRESH_MS = 2_000;

/** What tells, without reading it, that a file is still the one that was read. */
export function statText(stats: BigIntStats): string {
  return [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].join(":");
}

/** Whether the file changed so shortly before `now` (ms since the epoch) that its times prove nothing. */
export function isFresh(stats: BigIntStats, now: number): boolean {
  return now - Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs)) < FRESH_MS;
}
