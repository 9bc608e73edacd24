import { renameConnection, updateConnection } from "../../workspace/config-file.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";

export async function renameTo(context: CommandContext, input: CommandInput): Promise<Answer> {
  const name = input.argument("name");
  const renamed = input.argument("new-name");
  const pinned = await renameConnection(await context.workspace(), name, renamed);
  const tables = `Its tables stay in the schema ${pinned}, which is set as its namespace now. To load it anew into another: \`sluice connections edit ${renamed} --namespace …\`.`;
  const text = [`${name} is now ${renamed}.`, ...(pinned === undefined ? [] : [tables])].join("\n");
  return { data: { name: renamed, before: name, namespace_set: pinned ?? null }, text };
}

export async function setEnabled(context: CommandContext, input: CommandInput, enabled: boolean): Promise<Answer> {
  const name = input.argument("name");
  const what = enabled ? "enable" : "disable";
  await updateConnection(await context.workspace(), name, `${what} ${name}`, (connection) => {
    connection.enabled = enabled;
  });
  return { data: { name, enabled }, text: `${name} is ${what}d.` };
}
