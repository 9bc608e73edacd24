import { ConnectorScope } from "../connector/connector-scope.ts";
import { systemClock } from "../core/time.ts";
import type { Workspace } from "../workspace/locate.ts";
import { rotateSecret } from "../workspace/secret-values.ts";
import { type AnyContext, connectorContext } from "./connector-calls.ts";
import type { ResolvedSource } from "./resolve-run.ts";

/** What a connector is asked with, outside of a run. */
export interface Asking {
  workspace: Workspace;
  signal: AbortSignal;
  /** Gets what the connector says meanwhile. */
  say(message: string): void;
  /** Learns the secrets that turn up on the way, such as a fresh token. */
  addSecrets?(values: Iterable<string>): void;
}

/** Asks a connector outside of a run. What it has opened is closed afterwards, also when `ask` throws. */
export async function askConnector<T>(
  asking: Asking,
  connection: string,
  source: ResolvedSource,
  ask: (ctx: AnyContext) => Promise<T>,
): Promise<T> {
  const { workspace, signal, say, addSecrets = () => {} } = asking;
  const scope = new ConnectorScope({ env: workspace.env });
  const log: AnyContext["log"] = (_level, message) => say(message);
  const use = { signal, log, emit: () => {}, clock: systemClock, connection, addSecrets };
  const owner = { connection, connector: source.connector.name };
  const surroundings = {
    ...{ signal, log, workspace: workspace.root, defer: scope.defer },
    http: (options = {}) => scope.http(options, use),
    saveSecret: (field: string, value: string) => {
      addSecrets([value]);
      return rotateSecret(workspace, { ...owner, field, value });
    },
  };
  try {
    return await ask(connectorContext({ ...source, connection: { name: connection } }, surroundings));
  } finally {
    await scope.close();
  }
}
