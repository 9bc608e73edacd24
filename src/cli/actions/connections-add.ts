import type { Connector, NeededSecret } from "../../connector/define-connector.ts";
import { neededSecrets } from "../../connector/needed-secrets.ts";
import type { Registry } from "../../connector/registry.ts";
import { SluiceError } from "../../core/errors.ts";
import { NAME_PATTERN } from "../../core/ids.ts";
import type { JsonObject } from "../../core/json.ts";
import { schemaProblems } from "../../core/schema-problems.ts";
import { addConnection, readConfig } from "../../workspace/config-file.ts";
import { setSecret } from "../../workspace/secrets-file.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { applySettings } from "../connection-settings.ts";
import { openRegistry } from "../open-registry.ts";
import { optionValue } from "../option-value.ts";
import { secretsFromFlags } from "../secret-flags.ts";

export async function addNewConnection(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const { connections } = await readConfig(workspace);
  const registry = await openRegistry(context);
  const name = await chosenName(
    context,
    input,
    connections.map((listed) => listed.name),
  );
  const type = input.text("type") ?? (await context.prompt.choose("Connector", "--type", registry.names()));
  const { connector } = await registry.load(type);
  const entry: JsonObject = { name, type, enabled: !input.flag("disabled"), schema: { options: {} } };
  applySettings(entry, input, connector);
  const options = (entry.schema as JsonObject).options as JsonObject;
  await askForOptions(context, connector, options);
  assertOptions(name, connector, options);
  const secrets = await secretsFromFlags(context, input, connector);
  const missing = await askForSecrets(context, neededSecrets(connector, options), secrets);
  const added = await addConnection(workspace, entry);
  for (const [key, value] of secrets) await setSecret(workspace, ["sources", name, key], value);
  const hints = missing.map((needed) => `It still needs: ${wayToSet(name, needed)}`);
  const next = `Try it with \`sluice connections test ${name}\`, run it with \`sluice run ${name}\`.`;
  const text = [`${name} is added.`, ...hints, next].join("\n");
  const secrets_missing = missing.map(({ secret }) => secret);
  return { data: { connection: added, secrets_set: [...secrets.keys()], secrets_missing }, text };
}

async function chosenName(context: CommandContext, input: CommandInput, taken: readonly string[]): Promise<string> {
  const name =
    input.optionalArgument("name") ?? (await context.prompt.ask("Name of the connection", "the name as an argument"));
  if (!NAME_PATTERN.test(name)) {
    const rule = "lower case letters, digits and single underscores, beginning with a letter, 63 characters at most";
    throw new SluiceError("usage", `"${name}" cannot be a connection's name: ${rule}.`);
  }
  if (!taken.includes(name)) return name;
  throw new SluiceError(
    "connection_exists",
    `There is a connection "${name}" already. Choose another name, or edit it.`,
  );
}

/** Asks for what the connector cannot do without; the rest has defaults and can be edited later. */
async function askForOptions(context: CommandContext, connector: Connector, options: JsonObject): Promise<void> {
  if (!context.prompt.available) return;
  for (const [key, field] of Object.entries(connector.options.shape)) {
    if (options[key] !== undefined || field.safeParse(undefined).success) continue;
    const question = field.description === undefined ? key : `${key}: ${field.description}\n${key}`;
    options[key] = optionValue(key, [await context.prompt.ask(question, `--option ${key}=…`)], connector);
  }
}

function wayToSet(name: string, { secret, or = [], instead }: NeededSecret): string {
  const others = [...or, ...(instead === undefined ? [] : [instead])];
  return [`sluice secrets set ${name} ${secret}`, ...others].join(", or ");
}

/** Returns the secrets that are needed and have no value yet. */
async function askForSecrets(
  context: CommandContext,
  needed: readonly NeededSecret[],
  secrets: Map<string, string>,
): Promise<NeededSecret[]> {
  const missing: NeededSecret[] = [];
  for (const each of needed) {
    const { secret: key, or = [] } = each;
    if ([key, ...or].some((field) => secrets.has(field))) continue;
    const value = context.prompt.available ? await context.prompt.secret(`${key} (empty to set it later)`, key) : "";
    if (value === "") missing.push(each);
    else secrets.set(key, value);
  }
  return missing;
}

export function assertOptions(name: string, connector: Connector, options: JsonObject): void {
  const problems = schemaProblems(connector.options, options, ["schema", "options"]);
  if (problems.length === 0) return;
  const lines = problems.map(({ path, message }) => `\n  ${path} ${message}`).join("");
  const missing = problems.flatMap(({ path }) => /^schema\.options\.(\w+)$/.exec(path)?.[1] ?? []);
  const flags = missing.length === 0 ? "" : ` Give ${missing.map((key) => `--option ${key}=…`).join(" ")}.`;
  const message = `checking the options of ${name} for ${connector.name}; nothing was changed.${flags}${lines}`;
  throw new SluiceError("connection_invalid", message, {
    details: { problems: problems.map(({ path, message: text }) => ({ path, message: text })) },
  });
}

/** The connector of a type, or undefined when it cannot be loaded: its connection can still be edited. */
export async function connectorOrNone(registry: Registry, type: unknown): Promise<Connector | undefined> {
  if (typeof type !== "string") return undefined;
  return registry.load(type).then(
    ({ connector }) => connector,
    () => undefined,
  );
}
