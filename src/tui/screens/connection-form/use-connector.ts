import { useEffect, useState } from "react";
import type { Connector } from "../../../connector/define-connector.ts";
import { loadRegistry, type Registry } from "../../../connector/registry.ts";
import { asSluiceError, type SluiceError } from "../../../core/errors.ts";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";

export type LoadedConnector =
  | { state: "loading" }
  | { state: "ready"; connector: Connector }
  /** The file is not there, does not parse or is no connector. */
  | { state: "broken"; error: SluiceError };

/** The connectors of Sluice and of the workspace, as they are on disk now. */
export function registryOf({ host, workspace }: Session): Registry {
  return loadRegistry({ ...host.connectors, workspace: workspace.paths.connectors });
}

/** The connector of a type. */
export function useConnector(type: string | undefined): LoadedConnector {
  const session = useSession();
  const [loaded, setLoaded] = useState<LoadedConnector>({ state: "loading" });
  useEffect(() => {
    let isWanted = true;
    const take = (found: LoadedConnector) => {
      if (isWanted) setLoaded(found);
    };
    setLoaded({ state: "loading" });
    if (type !== undefined) void load(session, type).then(take);
    return () => {
      isWanted = false;
    };
  }, [session, type]);
  return loaded;
}

async function load(session: Session, type: string): Promise<LoadedConnector> {
  try {
    return { state: "ready", connector: (await registryOf(session).load(type)).connector };
  } catch (error) {
    return { state: "broken", error: asSluiceError(error) };
  }
}
