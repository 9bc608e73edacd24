import type { FileStore, FoundFile } from "./file-store.ts";

export interface Listed {
  /** Each once, whatever patterns name it, sorted by key. */
  found: FoundFile[];
  /** Patterns that match nothing. */
  empty: string[];
}

/** The files of a store that the patterns name. */
export async function listFiles(store: FileStore, patterns: readonly string[]): Promise<Listed> {
  const byPath = new Map<string, FoundFile>();
  const empty: string[] = [];
  for (const pattern of patterns) {
    let isEmpty = true;
    for await (const file of store.list(pattern)) {
      isEmpty = false;
      if (!byPath.has(file.path)) byPath.set(file.path, file);
    }
    if (isEmpty) empty.push(pattern);
  }
  return { found: [...byPath.values()].sort((a, b) => (a.key < b.key ? -1 : 1)), empty };
}
