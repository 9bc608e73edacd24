import { renameConnection, updateConnection } from "../../workspace/config-file.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";

export async function renameTo(context: CommandContext, input: CommandInput): Promise<Answer> {
  const name = input.argument("name");
  const renamed = input.argument("new-name");
  await renameConnection(await context.workspace(), name, renamed);
  return { data: { name: renamed, before: name }, text: `${name} is now ${renamed}.` };
}

export async function setEnabled(context: CommandContext, input: CommandInput, enabled: boolean): Promise<Answer> {
  const name = input.argument("name");
  const what = enabled ? "enable" : "disable";
  await updateConnection(await context.workspace(), name, `${what} ${name}`, (connection) => {
    connection.enabled = enabled;
  });
  return { data: { name, enabled }, text: `${name} is ${what}d.` };
}
