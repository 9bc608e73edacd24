import { posix } from "node:path";

const GLOB_CHARACTERS = /[*?{[]/;

/** Whether the path can name several files. */
export function isGlob(pattern: string): boolean {
  return GLOB_CHARACTERS.test(pattern);
}

/** Whether a glob names the path, by the rules that hold for files: no hidden ones unless they are spelled out. */
export function matchesGlob(path: string, pattern: string): boolean {
  return posix.matchesGlob(path, pattern);
}

/** What every path begins with that the glob names: `logs/2026-` of `logs/2026-*\/*.json`. */
export function fixedPrefix(pattern: string): string {
  const at = pattern.search(GLOB_CHARACTERS);
  return at === -1 ? pattern : pattern.slice(0, at);
}
