import { asSluiceError, isSluiceError, type SluiceError } from "../../core/errors.ts";
import { type ConfigView, type ListedConnection, readConfig } from "../../workspace/config-file.ts";
import type { Workspace } from "../../workspace/locate.ts";
import { createStore, type ReadableStore } from "./store.ts";

export type ConfigState =
  | { state: "loading" }
  /** There is no workspace here yet. */
  | { state: "missing" }
  /** The file itself is wrong. What was last read well is kept for looking at. */
  | { state: "broken"; error: SluiceError; last: ConfigView | undefined }
  | { state: "ready"; view: ConfigView };

export interface ConfigStore extends ReadableStore<ConfigState> {
  reload(): Promise<void>;
}

export function createConfigStore(workspace: Workspace): ConfigStore {
  const store = createStore<ConfigState>({ state: "loading" });
  let asked = 0;
  return {
    get: store.get,
    subscribe: store.subscribe,
    async reload() {
      const turn = ++asked;
      const next = await read(workspace, store.get());
      // A slower, older reading must not win over a newer one.
      if (turn === asked) store.set(next);
    },
  };
}

/** The connections as far as they are known, also from a file that is broken now. */
export function connectionsOf(config: ConfigState): readonly ListedConnection[] {
  if (config.state === "ready") return config.view.connections;
  return config.state === "broken" ? (config.last?.connections ?? []) : [];
}

async function read(workspace: Workspace, before: ConfigState): Promise<ConfigState> {
  try {
    return { state: "ready", view: await readConfig(workspace) };
  } catch (error) {
    if (isSluiceError(error) && error.code === "workspace_missing") return { state: "missing" };
    const last = before.state === "ready" ? before.view : before.state === "broken" ? before.last : undefined;
    return { state: "broken", error: asSluiceError(error), last };
  }
}
