import { didYouMean } from "../../core/did-you-mean.ts";
import { SluiceError } from "../../core/errors.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import { schemaProblems } from "../../core/schema-problems.ts";
import { readConfig, updateConfig } from "../../workspace/config-file.ts";
import { type Settings, settingsSchema } from "../../workspace/config-schema.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { grouped } from "../connection-settings.ts";
import { looseValue } from "../option-value.ts";
import { formatTable } from "../table.ts";

export async function showSettings(context: CommandContext): Promise<Answer> {
  const { config } = await readConfig(await context.workspace());
  return answerOf(config.settings);
}

export async function setSettings(context: CommandContext, input: CommandInput): Promise<Answer> {
  const wanted = [...grouped(input.arguments("pairs"), "settings set")];
  return change(context, (settings) => {
    for (const [key, values] of wanted) settings[key] = looseValue(values);
  });
}

export async function unsetSettings(context: CommandContext, input: CommandInput): Promise<Answer> {
  const keys = input.arguments("keys");
  const known = Object.keys(settingsSchema.shape);
  const unknown = keys.find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const message = `There is no setting ${unknown}.${didYouMean(unknown, known)} There are: ${known.join(", ")}.`;
    throw new SluiceError("usage", message);
  }
  return change(context, (settings) => {
    for (const key of keys) delete settings[key];
  });
}

/** Throws `usage`, with every problem, before anything is written. */
async function change(context: CommandContext, apply: (settings: JsonObject) => void): Promise<Answer> {
  const view = await updateConfig(await context.workspace(), "changing the settings", (raw) => {
    const settings = isJsonObject(raw.settings ?? null) ? { ...(raw.settings as JsonObject) } : {};
    apply(settings);
    const problems = schemaProblems(settingsSchema, settings, ["settings"]);
    if (problems.length > 0) {
      const lines = problems.map(({ path, message }) => `\n  ${path}: ${message}`).join("");
      throw new SluiceError("usage", `changing the settings: nothing was changed.${lines}`);
    }
    raw.settings = settings;
  });
  return answerOf(view.config.settings);
}

function answerOf(settings: Settings): Answer {
  const rows = Object.entries(settingsSchema.shape).map(([key, { description = "" }]) => {
    const value = settings[key as keyof Settings];
    return [key, value === undefined ? "" : String(value), description];
  });
  return { data: { settings }, text: formatTable([{ title: "setting" }, { title: "value" }, { title: "" }], rows) };
}
