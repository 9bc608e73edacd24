import { useEffect, useState } from "react";
import type { z } from "zod";
import { loadRegistry } from "../../../connector/registry.ts";
import { asSluiceError, type SluiceError } from "../../../core/errors.ts";
import { type ListedSecret, listSecrets, type WantedSecret } from "../../../workspace/secret-list.ts";
import type { Session } from "../../session.ts";
import { useSession } from "../../session-context.ts";
import { type ConfigState, connectionsOf } from "../../state/config-store.ts";
import { useStore } from "../../state/store.ts";

export type FoundSecrets =
  | { state: "loading" }
  | { state: "failed"; error: SluiceError }
  | { state: "ready"; secrets: readonly ListedSecret[] };

/** The secrets that connections want and that there are; read again when the file or the connections change. */
export function useSecrets(): FoundSecrets {
  const session = useSession();
  const config = useStore(session.config);
  const names = useStore(session.secrets);
  const [found, setFound] = useState<FoundSecrets>({ state: "loading" });
  // biome-ignore lint/correctness/useExhaustiveDependencies: names that changed are the reason to read again.
  useEffect(() => {
    let isWanted = true;
    if (config.state === "loading") return;
    wantedSecrets(session, config)
      .then((wanted) => listSecrets(session.workspace, wanted))
      .then((secrets): FoundSecrets => ({ state: "ready", secrets }))
      .catch((error): FoundSecrets => ({ state: "failed", error: asSluiceError(error) }))
      .then((next) => {
        if (isWanted) setFound(next);
      });
    return () => {
      isWanted = false;
    };
  }, [session, config, names]);
  return found;
}

/** By the connectors' own schemas. A connector that cannot be loaded wants nothing that is known. */
async function wantedSecrets({ host, workspace }: Session, config: ConfigState): Promise<WantedSecret[]> {
  const registry = loadRegistry({ ...host.connectors, workspace: workspace.paths.connectors });
  const valid = connectionsOf(config).flatMap((listed) => (listed.valid ? [listed.connection] : []));
  const types = [...new Set(valid.map(({ type }) => type))];
  const loaded = await Promise.all(
    types.map(async (type) => {
      const fields = await registry.load(type).then(
        ({ connector }) => fieldsOf(connector.secrets),
        () => [],
      );
      return [type, fields] as const;
    }),
  );
  const byType = new Map(loaded);
  return valid.flatMap(({ name, type }) =>
    (byType.get(type) ?? []).map((field) => ({ connection: name, connector: type, ...field })),
  );
}

function fieldsOf({ shape }: { shape: Readonly<Record<string, z.core.$ZodType>> }) {
  return Object.entries(shape).map(([field, schema]) => ({
    field,
    isRequired: (schema as z.ZodType).safeParse(undefined).success === false,
  }));
}
