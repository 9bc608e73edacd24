import { isJsonObject } from "../../core/json.ts";
import { destinationSteps, settingsStep, sourceStep } from "../../runner/connection-test.ts";
import { askingOf, resolveConnection } from "../ask-connector.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { describeSteps } from "../test-steps.ts";

/** Settings, source and destination, each step on its own: what is broken in one does not hide the others. */
export async function testByName(context: CommandContext, input: CommandInput): Promise<Answer> {
  const name = input.argument("name");
  const { error, source, target, schema } = await resolveConnection(context, name);
  if (error !== undefined && source === undefined && target === undefined) throw error;
  const settings = settingsStep(error);
  const own = isJsonObject(schema) ? schema.namespace : undefined;
  const tested = { name: target?.name, namespace: typeof own === "string" ? own : name };
  const steps = [
    settings,
    await sourceStep(await askingOf(context), name, source),
    ...(await destinationSteps(await context.workspace(), tested)),
  ];
  const ok = steps.every((step) => step.ok);
  const failed = settings.ok ? 1 : (error?.exitCode ?? 1);
  const data = { connection: name, ok, steps };
  return { data, text: describeSteps(steps, context.style), exit_code: ok ? 0 : failed };
}
