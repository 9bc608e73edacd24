import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connector } from "../../connector/define-connector.ts";
import { SluiceError } from "../../core/errors.ts";
import { canonicalJson, isJsonObject, type JsonObject } from "../../core/json.ts";
import { editInEditor } from "../../system/editor.ts";
import { getConnection, readConfig, updateConnection } from "../../workspace/config-file.ts";
import type { Workspace } from "../../workspace/locate.ts";
import { setSecret } from "../../workspace/secrets-file.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { applySettings, unsetAt } from "../connection-settings.ts";
import { openRegistry } from "../open-registry.ts";
import { secretsFromFlags } from "../secret-flags.ts";
import { assertOptions, connectorOrNone } from "./connections-add.ts";

/** What only Sluice itself changes. */
const KEPT = ["id", "state"] as const;

export async function editConnection(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const name = input.argument("name");
  const entry = await rawEntry(workspace, name);
  const connector = await connectorOrNone(await openRegistry(context), entry.type);
  if (!hasFlags(input)) return editByHand(context, { name, entry, connector });
  const secrets = connector === undefined ? new Map() : await secretsFromFlags(context, input, connector);
  await updateConnection(workspace, name, `editing the connection ${name}`, (current) => {
    const before = structuredClone(current);
    applySettings(current, input, connector);
    for (const path of input.list("unset")) unsetAt(current, path);
    assertAllowed(before, current);
    assertOptionsOf(name, connector, current);
  });
  for (const [key, value] of secrets) await setSecret(workspace, ["sources", name, key], value);
  return { data: { connection: await rawEntry(workspace, name) }, text: `${name} is changed.` };
}

const FLAGS = ["option", "secret", "title", "namespace", "destination", "tag", "set", "unset"];

function hasFlags(input: CommandInput): boolean {
  return FLAGS.some((flag) => input.text(flag) !== undefined || input.list(flag).length > 0);
}

/** Of a broken connection too, so that it can be mended. */
async function rawEntry(workspace: Workspace, name: string): Promise<JsonObject> {
  const { connections } = await readConfig(workspace);
  const broken = connections.find((listed) => listed.name === name && !listed.valid);
  if (broken !== undefined && !broken.valid && isJsonObject(broken.raw)) return structuredClone(broken.raw);
  return structuredClone((await getConnection(workspace, name)) as unknown as JsonObject);
}

interface Edited {
  name: string;
  entry: JsonObject;
  connector: Connector | undefined;
}

/** Opens the settings in the user's editor, again and again until they fit or are given back unchanged. */
async function editByHand(context: CommandContext, { name, entry, connector }: Edited): Promise<Answer> {
  if (!context.prompt.available) {
    throw new SluiceError(
      "needs_terminal",
      "The editor needs a terminal. Give the changes with --option, --set or --unset.",
    );
  }
  const folder = await mkdtemp(join(tmpdir(), "sluice-edit-"));
  const file = join(folder, `${name}.json`);
  try {
    const { id: _id, state: _state, ...editable } = entry;
    const before = `${JSON.stringify(editable, undefined, 2)}\n`;
    await writeFile(file, before, { mode: 0o600 });
    for (;;) {
      await editInEditor(file, context.io.env);
      const content = await readFile(file, "utf8");
      if (content === before) return { data: { changed: false }, text: "Nothing was changed." };
      const problem = await take(await context.workspace(), { name, entry, connector }, content);
      if (problem === undefined) return { data: { changed: true }, text: `${name} is changed.` };
      context.say(problem);
      const again = await context.prompt.choose("Edit again or give up?", "the changes as flags", ["edit", "give up"]);
      if (again === "give up")
        throw new SluiceError("connection_invalid", "The edit was given up; nothing was changed.");
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Stores an edited text; returns what is wrong with it instead, if something is. */
async function take(workspace: Workspace, { name, connector }: Edited, content: string): Promise<string | undefined> {
  try {
    const edited: unknown = JSON.parse(content);
    if (!isJsonObject(edited)) return "The settings must be a JSON object.";
    await updateConnection(workspace, name, `editing the connection ${name}`, (current) => {
      const kept = KEPT.flatMap((key) => (current[key] === undefined ? [] : [[key, current[key]] as const]));
      if (edited.name !== name) throw new SluiceError("usage", `Rename it with \`sluice connections rename ${name}\`.`);
      for (const key of Object.keys(current)) delete current[key];
      Object.assign(current, edited, Object.fromEntries(kept));
      assertOptionsOf(name, connector, current);
    });
    return undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof SluiceError) return error.message;
    throw error;
  }
}

/** Names, ids and states have commands of their own, which take care of what hangs on them. */
function assertAllowed(before: JsonObject, after: JsonObject): void {
  for (const [key, command] of [
    ["name", "sluice connections rename"],
    ["id", undefined],
    ["state", "sluice state"],
  ] as const) {
    if (canonicalJson(before[key]) === canonicalJson(after[key])) continue;
    const way = command === undefined ? "" : ` Use \`${command}\`.`;
    throw new SluiceError("usage", `${key} cannot be changed by edit.${way} Nothing was changed.`);
  }
}

function assertOptionsOf(name: string, connector: Connector | undefined, entry: JsonObject): void {
  const options = isJsonObject(entry.schema) ? entry.schema.options : undefined;
  if (connector !== undefined && entry.type === connector.name && isJsonObject(options)) {
    assertOptions(name, connector, options);
  }
}
