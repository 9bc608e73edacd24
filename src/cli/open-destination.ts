import type { PostgresAddress } from "../databases/postgres/client.ts";
import type { Connection } from "../workspace/config-schema.ts";
import { resolveDestination } from "../workspace/destination.ts";
import type { Workspace } from "../workspace/locate.ts";
import type { CommandContext } from "./command.ts";

export interface OpenDestination extends AsyncDisposable {
  name: string;
  kind: "embedded" | "server";
  address: PostgresAddress;
}

/** The destination of a connection, or of the workspace. */
export async function openDestinationOf(
  context: CommandContext,
  connection: Pick<Connection, "destination">,
): Promise<OpenDestination> {
  const workspace = await context.workspace();
  return openDestination(context, connection.destination ?? (await workspaceDestination(workspace)));
}

/** A destination by its name; the embedded one is started and kept for as long as this is open. */
export async function openDestination(context: CommandContext, name: string): Promise<OpenDestination> {
  const target = await resolveDestination(await context.workspace(), name);
  if (target.kind === "server") {
    return { name: target.name, kind: "server", address: target.credentials, async [Symbol.asyncDispose]() {} };
  }
  const { startEmbedded } = await import("../databases/postgres/embedded/embedded-postgres.ts");
  const lease = await startEmbedded({ folder: target.folder, purpose: "a command" });
  return {
    name: target.name,
    kind: "embedded",
    address: lease.address,
    [Symbol.asyncDispose]: () => lease.release(),
  };
}

export async function workspaceDestination(workspace: Workspace): Promise<string> {
  const { readConfig } = await import("../workspace/config-file.ts");
  return (await readConfig(workspace)).config.settings.destination;
}
