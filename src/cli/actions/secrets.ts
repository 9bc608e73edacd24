import { SluiceError } from "../../core/errors.ts";
import { namedSecrets } from "../../workspace/secret-list.ts";
import { setSecret, unsetSecret } from "../../workspace/secrets-file.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { confirm } from "../confirm.ts";
import { readAllInput } from "../input-stream.ts";
import { formatTable } from "../table.ts";
import { warnOfUnknown } from "./unknown-secret.ts";

/** The names of the secrets that have a value, and where; a value never leaves this function. */
export async function listSecrets(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const owner = input.optionalArgument("owner");
  const wanted = owner === undefined ? undefined : sectionOf(owner).join(".");
  const secrets = (await namedSecrets(workspace))
    .map(({ path, from }) => ({ section: path.slice(0, -1).join("."), name: path.at(-1) ?? "", from }))
    .filter(({ section }) => wanted === undefined || section === wanted);
  const rows = secrets.map(({ section, name, from }) => [section, name, from]);
  const table = formatTable([{ title: "section" }, { title: "name" }, { title: "from" }], rows);
  return { data: { path: workspace.paths.secrets, secrets }, text: secrets.length === 0 ? "No secrets." : table };
}

export async function setByName(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const path = [...sectionOf(input.argument("owner")), input.argument("field")];
  await warnOfUnknown(context, input.argument("owner"), input.argument("field"));
  const value = await secretValue(context, input, path);
  if (value === "")
    throw new SluiceError("usage", `setting ${path.join(".")}: the value is empty; nothing was changed.`);
  await setSecret(workspace, path, value);
  return { data: { set: path.join("."), path: workspace.paths.secrets }, text: `${path.join(".")} is set.` };
}

export async function unsetByName(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const path = [...sectionOf(input.argument("owner")), input.argument("field")];
  const what = `This takes ${path.join(".")} out of ${workspace.paths.secrets}; a backup of the file is kept.`;
  await confirm(context, { what, answer: input.argument("field"), yes: input.flag("yes") });
  await unsetSecret(workspace, path);
  return { data: { unset: path.join("."), path: workspace.paths.secrets }, text: `${path.join(".")} is gone.` };
}

/** `destination.postgres` → its credentials; anything else is a connection or a connector, under `sources`. */
function sectionOf(owner: string): string[] {
  if (!owner.startsWith("destination.")) return ["sources", owner.replace(/^sources\./, "")];
  return ["destination", owner.slice("destination.".length), "credentials"];
}

async function secretValue(context: CommandContext, input: CommandInput, path: string[]): Promise<string> {
  if (context.prompt.available && !input.flag("stdin")) return context.prompt.secret(path.join("."), "--stdin");
  if (context.io.stdin.isTTY === true && !input.flag("stdin")) {
    throw new SluiceError("needs_terminal", `${path.join(".")} cannot be asked for here. Pipe it in, or give --stdin.`);
  }
  return (await readAllInput(context.io.stdin)).replace(/\r?\n$/, "");
}
