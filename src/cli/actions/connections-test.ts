import { ConnectorScope } from "../../connector/connector-scope.ts";
import { SluiceError } from "../../core/errors.ts";
import { createRedactor } from "../../core/redaction.ts";
import { systemClock } from "../../core/time.ts";
import { testConnection } from "../../databases/postgres/connection-test.ts";
import { type AnyContext, connectorContext, discoverStreams } from "../../runner/connector-calls.ts";
import { type ResolvedRun, resolveRun } from "../../runner/resolve-run.ts";
import { loadingOf, namespaceOf, selectionOf } from "../../runner/stream-settings.ts";
import { rotateSecret } from "../../workspace/secret-values.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { openDestination } from "../open-destination.ts";
import { openRegistry } from "../open-registry.ts";
import { formatTable } from "../table.ts";
import { describeSteps, type Step } from "../test-steps.ts";

/** Settings, source and destination, each step on its own; a broken source does not hide a broken destination. */
export async function testByName(context: CommandContext, input: CommandInput): Promise<Answer> {
  const resolved = await resolve(context, input.argument("name"));
  const { connection, connector, target } = resolved;
  const settings: Step = { step: "settings", ok: true, ms: 0, message: "options and secrets are complete" };
  const { root } = await context.workspace();
  const source = await timed("source", () =>
    withConnector(context, resolved, root, async (ctx) => (await connector.check(ctx)).message),
  );
  const destination = await testTarget(context, target.name, namespaceOf(connection));
  const steps = [settings, source, ...destination];
  const ok = steps.every((step) => step.ok);
  const data = { connection: connection.name, ok, steps };
  return { data, text: describeSteps(steps, context.style), exit_code: ok ? 0 : 1 };
}

export async function showStreams(context: CommandContext, input: CommandInput): Promise<Answer> {
  const resolved = await resolve(context, input.argument("name"));
  const { connection, connector } = resolved;
  const { root } = await context.workspace();
  const offered = await withConnector(context, resolved, root, (ctx) => discoverStreams(connector, ctx));
  const selection = selectionOf(connection);
  const streams = offered.map((stream) => {
    const { mode, primary_key, cursor_field = null } = loadingOf(connection, stream);
    const { name, description = null } = stream;
    return { name, description, selected: selection.includes(name), mode, primary_key, cursor_field };
  });
  const rows = streams.map(({ name, selected, mode, primary_key }) => [
    name,
    selected ? "yes" : "no",
    mode,
    primary_key.join(", "),
  ]);
  const table = formatTable([{ title: "stream" }, { title: "selected" }, { title: "mode" }, { title: "key" }], rows);
  return { data: { connection: connection.name, streams }, text: rows.length === 0 ? "It offers no streams." : table };
}

async function resolve(context: CommandContext, name: string): Promise<ResolvedRun> {
  const sources = {
    workspace: await context.workspace(),
    registry: await openRegistry(context),
    redactor: createRedactor(),
  };
  const { resolved, error } = await resolveRun(sources, name);
  if (resolved !== undefined) return resolved;
  throw error ?? new SluiceError("internal", `${name} could not be resolved and nothing says why.`);
}

/** Closes afterwards what the connector has opened. */
async function withConnector<T>(
  context: CommandContext,
  resolved: ResolvedRun,
  workspace: string,
  use: (ctx: AnyContext) => Promise<T>,
): Promise<T> {
  const { env } = await context.workspace();
  const scope = new ConnectorScope({ env });
  const signal = context.io.interruption();
  const log: AnyContext["log"] = (_level, message) => context.say(message);
  const owner = { connection: resolved.connection.name, connector: resolved.connector.name };
  try {
    return await use(
      connectorContext(resolved, {
        ...{ signal, workspace, log },
        http: (options = {}) =>
          scope.http(options, { signal, log, emit: () => {}, clock: systemClock, connection: owner.connection }),
        saveSecret: async (field, value) => rotateSecret(await context.workspace(), { ...owner, field, value }),
        defer: scope.defer,
      }),
    );
  } finally {
    await scope.close();
  }
}

async function testTarget(context: CommandContext, name: string, namespace: string): Promise<Step[]> {
  try {
    await using destination = await openDestination(context, name);
    const steps = await testConnection(destination.address, { schemas: [namespace] });
    return steps.map((step) => ({ ...step, step: `destination ${step.step}` }));
  } catch (error) {
    return [await timed("destination", () => Promise.reject(error))];
  }
}

async function timed(step: string, work: () => Promise<string>): Promise<Step> {
  const started = performance.now();
  try {
    return { step, ok: true, message: await work(), ms: performance.now() - started };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { step, ok: false, message, ms: performance.now() - started };
  }
}
