import type { PostgresAddress } from "../databases/postgres/client.ts";
import { type EmbeddedStatus, embeddedStatus } from "../databases/postgres/embedded/embedded-postgres.ts";
import { resolveDestination } from "../workspace/destination.ts";
import type { Workspace } from "../workspace/locate.ts";

export type DestinationStatus =
  | { kind: "server"; address: PostgresAddress }
  /** Without an address it does not run. */
  | { kind: "embedded"; folder: string; server: EmbeddedStatus; address: PostgresAddress | undefined };

/** Where a destination is. Looks only: a stopped embedded server stays stopped, and no server is asked. */
export async function destinationStatus(workspace: Workspace, name: string): Promise<DestinationStatus> {
  const target = await resolveDestination(workspace, name);
  if (target.kind === "server") return { kind: "server", address: target.credentials };
  const server = await embeddedStatus(target.folder);
  const address = server.state === "running" ? server.address : undefined;
  return { kind: "embedded", folder: target.folder, server, address };
}
