import { asSluiceError, type SluiceError } from "../../core/errors.ts";
import type { Redactor } from "../../core/redaction.ts";
import type { Workspace } from "../../workspace/locate.ts";
import { sensitiveTexts } from "../../workspace/secret-values.ts";
import { readSecrets } from "../../workspace/secrets-file.ts";
import { isTomlTable, type TomlValue } from "../../workspace/toml-text.ts";
import { createStore, type ReadableStore } from "./store.ts";

/** Names only: values go to the redactor and nowhere else. */
export type SecretsState =
  | { state: "loading" }
  | { state: "unreadable"; error: SluiceError }
  /** Paths in the file: `["sources", "team_board", "token"]`. */
  | { state: "ready"; names: readonly (readonly string[])[] };

export interface SecretsStore extends ReadableStore<SecretsState> {
  reload(): Promise<void>;
}

export function createSecretsStore(workspace: Workspace, redactor: Redactor): SecretsStore {
  const store = createStore<SecretsState>({ state: "loading" });
  return {
    get: store.get,
    subscribe: store.subscribe,
    async reload() {
      try {
        const secrets = await readSecrets(workspace);
        redactor.add(sensitiveTexts(secrets));
        store.set({ state: "ready", names: namesIn(secrets, []) });
      } catch (error) {
        store.set({ state: "unreadable", error: asSluiceError(error) });
      }
    },
  };
}

function namesIn(value: TomlValue, path: readonly string[]): (readonly string[])[] {
  if (!isTomlTable(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => namesIn(inner, [...path, key]));
}
