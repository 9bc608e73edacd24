import type { Connector, ConnectorContext, StreamDefinition } from "../connector/define-connector.ts";
import { isSluiceError, SluiceError } from "../core/errors.ts";
import type { ResolvedRun } from "./resolve-run.ts";

export type AnyStream = StreamDefinition<Record<string, unknown>, Record<string, unknown>>;
export type AnyContext = ConnectorContext<Record<string, unknown>, Record<string, unknown>>;

/** What a connector gets to see: its own options and secrets, and what surrounds it. */
export function connectorContext(
  { connection, options, secrets }: Pick<ResolvedRun, "options" | "secrets"> & { connection: { name: string } },
  surroundings: Omit<AnyContext, "connection" | "options" | "secrets">,
): AnyContext {
  return { connection: connection.name, options, secrets, ...surroundings };
}

/** The streams that a connector offers, which some can only say after asking their source. */
export async function discoverStreams(connector: Connector, context: AnyContext): Promise<readonly AnyStream[]> {
  const { streams, name } = connector;
  if (typeof streams !== "function") return streams as readonly AnyStream[];
  try {
    return (await streams(context)) as readonly AnyStream[];
  } catch (error) {
    throw asSourceError(error, `finding out what ${context.connection} (${name}) offers`, context.signal);
  }
}

/** What a connector threw without saying what it is may pass: networks and services fail that way. */
export function asSourceError(error: unknown, doing: string, signal: AbortSignal): unknown {
  if (isSluiceError(error)) return error;
  if (signal.aborted) return signal.reason;
  const said = error instanceof Error ? error.message : String(error);
  return new SluiceError("source_failed", `${doing}: ${said}`, { cause: error });
}
