import type { OpenDestination } from "../runner/open-destination.ts";
import type { Connection } from "../workspace/config-schema.ts";
import type { Workspace } from "../workspace/locate.ts";
import type { CommandContext } from "./command.ts";

export type { OpenDestination } from "../runner/open-destination.ts";

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
  const opening = await import("../runner/open-destination.ts");
  return opening.openDestination(await context.workspace(), name, "a command");
}

export async function workspaceDestination(workspace: Workspace): Promise<string> {
  const { destinationOf } = await import("../runner/open-destination.ts");
  return destinationOf(workspace, undefined);
}
