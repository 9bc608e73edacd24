import { UUID_PATTERN } from "../core/ids.ts";
import { isJsonObject } from "../core/json.ts";
import { dropConnectionTables } from "../databases/postgres/connection-tables.ts";
import { getConnection, readConfig, removeConnection } from "../workspace/config-file.ts";
import type { Connection } from "../workspace/config-schema.ts";
import type { Workspace } from "../workspace/locate.ts";
import { withConnectionLock } from "./connection-lock.ts";
import { destinationOf, openDestination } from "./open-destination.ts";

type Deletable = Pick<Connection, "id" | "name" | "destination">;

/** What is known of a connection that is to go. Of a broken one too, which may lack the id that locks and tables hang on. */
export async function deletableConnection(workspace: Workspace, name: string): Promise<Deletable> {
  const { connections } = await readConfig(workspace);
  const broken = connections.find((listed) => listed.name === name && !listed.valid);
  if (broken === undefined || broken.valid) return getConnection(workspace, name);
  const raw = isJsonObject(broken.raw) ? broken.raw : {};
  const destination = typeof raw.destination === "string" ? { destination: raw.destination } : {};
  const id = typeof raw.id === "string" && UUID_PATTERN.test(raw.id) ? raw.id : `name-${name}`;
  return { id, name, ...destination };
}

/**
 * Takes a connection out of config.json, with its own secrets and the tables it loaded if asked to. Returns the tables
 * that were dropped. Tables go first: when that fails nothing has changed.
 */
export async function deleteConnection(
  workspace: Workspace,
  connection: Deletable,
  { secrets, tables }: { secrets: boolean; tables: boolean },
): Promise<string[]> {
  return withConnectionLock(workspace, connection, "its removal", async () => {
    const gone = tables ? await dropTables(workspace, connection) : [];
    await removeConnection(workspace, connection.name, { secrets });
    return gone;
  });
}

async function dropTables(workspace: Workspace, { id, destination: own }: Deletable): Promise<string[]> {
  if (!UUID_PATTERN.test(id)) return [];
  const name = await destinationOf(workspace, own);
  await using destination = await openDestination(workspace, name, "dropping tables");
  return await dropConnectionTables(destination.address, id);
}
