import { canonicalJson, type JsonValue } from "../core/json.ts";
import { type Backup, listBackups } from "../workspace/backups.ts";
import { readConfig } from "../workspace/config-file.ts";
import type { ConnectionState } from "../workspace/config-schema.ts";
import type { Workspace } from "../workspace/locate.ts";

export interface StateBackup extends Backup {
  state: ConnectionState;
}

/**
 * The states that a connection had in the backups of config.json, newest first; of backups that say the same, the newest.
 * A backup that cannot be read any more is passed over.
 */
export async function stateBackups(workspace: Workspace, connectionId: string): Promise<StateBackup[]> {
  const found: StateBackup[] = [];
  let last = "";
  for (const backup of await listBackups(workspace, workspace.paths.config)) {
    const state = await stateInBackup(workspace, backup.path, connectionId).catch(() => undefined);
    const text = canonicalJson((state?.streams ?? null) as JsonValue);
    if (state !== undefined && text !== last) found.push({ ...backup, state });
    last = text;
  }
  return found;
}

/** Throws as reading config.json does; undefined when the connection had no state then, or was not there. */
export async function stateInBackup(
  workspace: Workspace,
  path: string,
  connectionId: string,
): Promise<ConnectionState | undefined> {
  const { config } = await readConfig({ ...workspace, paths: { ...workspace.paths, config: path } });
  return config.connections.find(({ id }) => id === connectionId)?.state;
}
