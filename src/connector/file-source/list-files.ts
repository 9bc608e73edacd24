import { glob, stat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { ConnectorError } from "../connector-error.ts";
import type { FoundFile } from "./source-file.ts";

const GLOB_CHARACTERS = /[*?{[]/;

/**
 * The files that the patterns name, each once, sorted by key. A plain path must exist (`source_not_found`); a glob may
 * match nothing. Globs follow Node's rules: `*`, `**`, `?`, `{a,b}`, `[ab]`, and no hidden files.
 */
export async function listFiles(patterns: readonly string[], workspace: string): Promise<FoundFile[]> {
  const found = new Map<string, FoundFile>();
  for (const pattern of patterns) {
    for (const path of await matches(pattern, workspace)) {
      const file = { key: keyOf(path, pattern, workspace), path };
      if (!found.has(path)) found.set(path, file);
    }
  }
  return [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Whether the path can name several files. */
export function isGlob(pattern: string): boolean {
  return GLOB_CHARACTERS.test(pattern);
}

/** Bytes of the files on disk. */
export async function totalSize(files: readonly FoundFile[]): Promise<number> {
  const stats = await Promise.all(files.map((file) => stat(file.path)));
  return stats.reduce((sum, { size }) => sum + size, 0);
}

async function matches(pattern: string, workspace: string): Promise<string[]> {
  const literal = resolve(workspace, pattern);
  if (await exists(literal)) return [literal];
  if (!isGlob(pattern)) throw notFound(pattern, literal);
  const paths: string[] = [];
  for await (const entry of glob(pattern, { cwd: workspace })) paths.push(resolve(workspace, entry));
  const files = await Promise.all(paths.map(isFile));
  return paths.filter((_, index) => files[index]);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

/** From the workspace, so that it may move; absolute where the pattern is, which means that very place. */
function keyOf(path: string, pattern: string, workspace: string): string {
  return isAbsolute(pattern) ? path : relative(workspace, path).split(sep).join("/");
}

function notFound(pattern: string, path: string): ConnectorError {
  const place = path === pattern ? "" : ` (${path})`;
  return new ConnectorError(
    "source_not_found",
    `looking for ${pattern}: there is no such file${place}. Check the option \`path\`; relative paths start at the workspace.`,
    { details: { path: pattern } },
  );
}
