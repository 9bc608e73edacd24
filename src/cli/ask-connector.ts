import { ConnectorScope } from "../connector/connector-scope.ts";
import { createRedactor } from "../core/redaction.ts";
import { systemClock } from "../core/time.ts";
import { type AnyContext, connectorContext } from "../runner/connector-calls.ts";
import { type Resolution, type ResolvedSource, resolveRun } from "../runner/resolve-run.ts";
import { rotateSecret } from "../workspace/secret-values.ts";
import type { CommandContext } from "./command.ts";
import { openRegistry } from "./open-registry.ts";

/** Finds out what there is to ask, and what is wrong with the connection. Never throws. */
export async function resolveConnection(context: CommandContext, name: string): Promise<Resolution> {
  const registry = await openRegistry(context);
  return resolveRun({ workspace: await context.workspace(), registry, redactor: createRedactor() }, name);
}

/** Asks a connector outside a run. What it says goes to stderr; what it has opened is closed afterwards. */
export async function askConnector<T>(
  context: CommandContext,
  connection: string,
  source: ResolvedSource,
  ask: (ctx: AnyContext) => Promise<T>,
): Promise<T> {
  const workspace = await context.workspace();
  const scope = new ConnectorScope({ env: workspace.env });
  const signal = context.io.interruption();
  const log: AnyContext["log"] = (_level, message) => context.say(message);
  const owner = { connection, connector: source.connector.name };
  try {
    return await ask(
      connectorContext(
        { ...source, connection: { name: connection } },
        {
          ...{ signal, log, workspace: workspace.root },
          http: (options = {}) => scope.http(options, { signal, log, emit: () => {}, clock: systemClock, connection }),
          saveSecret: (field, value) => rotateSecret(workspace, { ...owner, field, value }),
          defer: scope.defer,
        },
      ),
    );
  } finally {
    await scope.close();
  }
}
