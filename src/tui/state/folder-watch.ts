import { existsSync, type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** What is told of a path: that it was made, replaced or removed, or, with `contents`, that its bytes changed too. */
export interface WatchedPath {
  path: string;
  /** For a file: it counts when it is written to. For a folder names that come and go always count. */
  contents?: boolean;
  onChange(): void;
}

/** Where the system has no watches left to give, looking again this often must do. */
const POLL_MS = 2_000;

/**
 * Watches files and folders that may not exist yet: of what is missing, the nearest folder that exists is watched. Call
 * `refresh` when something has come into being. Costs nothing while nothing happens.
 */
export class FolderWatch {
  readonly #wanted: () => readonly WatchedPath[];
  readonly #watchers = new Map<string, FSWatcher>();
  #poll: NodeJS.Timeout | undefined;
  #paths: readonly WatchedPath[] = [];
  #isRefreshed = false;

  constructor(wanted: () => readonly WatchedPath[]) {
    this.#wanted = wanted;
    this.refresh();
  }

  refresh(): void {
    this.#paths = this.#wanted();
    const folders = new Set(
      this.#paths.map(({ path, contents }) => existingFolder(contents === true ? dirname(path) : path)),
    );
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    const fresh = [...folders].filter((folder) => !this.#watchers.has(folder));
    for (const folder of fresh) this.#watch(folder);
    if (this.#isRefreshed) this.#lookAgain(fresh.filter((folder) => this.#watchers.has(folder)));
    this.#isRefreshed = true;
  }

  /** In a folder that has just come into being, things may have happened before it was watched. */
  #lookAgain(folders: readonly string[]): void {
    for (const { path, onChange } of this.#paths) {
      if (folders.some((folder) => path === folder || path.startsWith(`${folder}/`))) onChange();
    }
  }

  stop(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    clearInterval(this.#poll);
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (event, name) => this.#happened(folder, event, name));
      watcher.on("error", () => this.#lost(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      this.#startPolling();
    }
  }

  #happened(folder: string, event: string, name: string | null): void {
    for (const wanted of this.#paths) {
      const { path, contents } = wanted;
      const isFile = contents === true && dirname(path) === folder;
      if (isFile ? name === null || name === basename(path) : event === "rename" && path.startsWith(folder)) {
        wanted.onChange();
      }
    }
  }

  #lost(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
    this.#startPolling();
  }

  #startPolling(): void {
    this.#poll ??= setInterval(() => {
      for (const { onChange } of this.#paths) onChange();
    }, POLL_MS).unref();
  }
}

function existingFolder(path: string): string {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
