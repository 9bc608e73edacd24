import { createRedactor } from "../core/redaction.ts";
import { type Asking, askConnector as ask } from "../runner/ask-connector.ts";
import type { AnyContext } from "../runner/connector-calls.ts";
import { type Resolution, type ResolvedSource, resolveRun } from "../runner/resolve-run.ts";
import type { CommandContext } from "./command.ts";
import { openRegistry } from "./open-registry.ts";

/** Finds out what there is to ask, and what is wrong with the connection. Never throws. */
export async function resolveConnection(context: CommandContext, name: string): Promise<Resolution> {
  const registry = await openRegistry(context);
  return resolveRun({ workspace: await context.workspace(), registry, redactor: createRedactor() }, name);
}

/** Asks a connector outside a run. What it says goes to stderr. */
export async function askConnector<T>(
  context: CommandContext,
  connection: string,
  source: ResolvedSource,
  question: (ctx: AnyContext) => Promise<T>,
): Promise<T> {
  return ask(await askingOf(context), connection, source, question);
}

export async function askingOf(context: CommandContext): Promise<Asking> {
  return { workspace: await context.workspace(), signal: context.io.interruption(), say: (text) => context.say(text) };
}
