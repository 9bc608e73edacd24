import type { PostgresAddress } from "../databases/postgres/client.ts";
import { resolveDestination } from "../workspace/destination.ts";
import type { Workspace } from "../workspace/locate.ts";

export interface OpenDestination extends AsyncDisposable {
  name: string;
  kind: "embedded" | "server";
  address: PostgresAddress;
}

/**
 * A destination by its name, outside of a run; the embedded one is started for `purpose` and kept for as long as this is
 * open.
 */
export async function openDestination(workspace: Workspace, name: string, purpose: string): Promise<OpenDestination> {
  const target = await resolveDestination(workspace, name);
  if (target.kind === "server") {
    return { name: target.name, kind: "server", address: target.credentials, async [Symbol.asyncDispose]() {} };
  }
  const { startEmbedded } = await import("../databases/postgres/embedded/embedded-postgres.ts");
  const lease = await startEmbedded({ folder: target.folder, purpose });
  return {
    name: target.name,
    kind: "embedded",
    address: lease.address,
    [Symbol.asyncDispose]: () => lease.release(),
  };
}

/** The name of the destination of a connection: its own, else the workspace's. */
export async function destinationOf(workspace: Workspace, own: string | undefined): Promise<string> {
  if (own !== undefined) return own;
  const { readConfig } = await import("../workspace/config-file.ts");
  return (await readConfig(workspace)).config.settings.destination;
}
