import { backupFile } from "../workspace/backups.ts";
import { getConnection } from "../workspace/config-file.ts";
import type { Connection, ConnectionState } from "../workspace/config-schema.ts";
import type { Workspace } from "../workspace/locate.ts";
import { mergeState } from "../workspace/state-mirror.ts";
import { withConnectionLock } from "./connection-lock.ts";
import { destinationOf, type OpenDestination, openDestination } from "./open-destination.ts";

/** Changes the state in the destination and returns what config.json is to mirror: see `state-operations.ts`. */
export type StateChange = (destination: OpenDestination, connection: Connection) => Promise<ConnectionState>;

export interface StateChanged {
  state: ConnectionState;
  /** The copy that was made of config.json. */
  backup: string;
}

/** Destination first, mirror second, with the connection's run kept out and a backup of config.json made before. */
export async function changeState(workspace: Workspace, name: string, change: StateChange): Promise<StateChanged> {
  const before = await getConnection(workspace, name);
  return withConnectionLock(workspace, before, "a change of its state", async () => {
    const connection = await getConnection(workspace, name);
    const destinationName = await destinationOf(workspace, connection.destination);
    await using destination = await openDestination(workspace, destinationName, "a change of state");
    const backup = await backupFile(workspace, workspace.paths.config);
    const state = await change(destination, connection);
    await mergeState(workspace, connection.id, state);
    return { state, backup };
  });
}
