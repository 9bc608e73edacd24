import { errorCatalogue } from "../../core/error-catalogue.ts";
import { asSluiceError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json.ts";
import { testConnection } from "../../databases/postgres/connection-test.ts";
import type { Resolution } from "../../runner/resolve-run.ts";
import type { Problem } from "../../workspace/schema-problems.ts";
import { askConnector, resolveConnection } from "../ask-connector.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { openDestination } from "../open-destination.ts";
import { describeSteps, type Step } from "../test-steps.ts";

/** Settings, source and destination, each step on its own: what is broken in one does not hide the others. */
export async function testByName(context: CommandContext, input: CommandInput): Promise<Answer> {
  const name = input.argument("name");
  const resolution = await resolveConnection(context, name);
  const { error, source, target } = resolution;
  if (error !== undefined && source === undefined && target === undefined) throw error;
  const settings = settingsStep(resolution);
  const steps = [
    settings,
    ...(await testSource(context, name, resolution)),
    ...(await testTarget(context, name, resolution)),
  ];
  const ok = steps.every((step) => step.ok);
  const failed = settings.ok ? 1 : (error?.exitCode ?? 1);
  const data = { connection: name, ok, steps };
  return { data, text: describeSteps(steps, context.style), exit_code: ok ? 0 : failed };
}

/** A disabled connection can be tested: that is how one finds out whether to enable it. */
function settingsStep({ error }: Resolution): Step {
  const base = { step: "settings", ms: 0 };
  if (error === undefined) return { ...base, ok: true, message: "options and secrets are complete" };
  if (error.code === "connection_disabled")
    return { ...base, ok: true, message: "options and secrets are complete; the connection is disabled" };
  const { problems } = error.details;
  const { remedy } = errorCatalogue[error.code];
  if (!Array.isArray(problems)) return { ...base, ok: false, message: `[${error.code}] ${error.message}`, remedy };
  const head = error.message.split("\n")[0]?.replace(/:$/, "");
  return { ...base, ok: false, message: `[${error.code}] ${head}`, problems: problems as unknown as Problem[], remedy };
}

async function testSource(context: CommandContext, name: string, { source }: Resolution): Promise<Step[]> {
  if (source === undefined) return [leftOut("source")];
  const check = () => askConnector(context, name, source, async (ctx) => (await source.connector.check(ctx)).message);
  return [await timed("source", check)];
}

async function testTarget(context: CommandContext, name: string, { target, schema }: Resolution): Promise<Step[]> {
  if (target === undefined) return [leftOut("destination")];
  const own = isJsonObject(schema) ? schema.namespace : undefined;
  const namespace = typeof own === "string" ? own : name;
  try {
    await using destination = await openDestination(context, target.name);
    const steps = await testConnection(destination.address, { schemas: [namespace] });
    return steps.map((step) => ({ ...step, step: `destination ${step.step}` }));
  } catch (error) {
    return [await timed("destination", () => Promise.reject(error))];
  }
}

function leftOut(step: string): Step {
  return { step, ok: false, skipped: true, ms: 0, message: "not tried: its settings come first" };
}

async function timed(step: string, work: () => Promise<string>): Promise<Step> {
  const started = performance.now();
  try {
    return { step, ok: true, message: await work(), ms: performance.now() - started };
  } catch (error) {
    return { step, ok: false, message: asSluiceError(error).message, ms: performance.now() - started };
  }
}
