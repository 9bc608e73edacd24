import { SluiceError } from "../../core/errors.ts";
import { deletableConnection, deleteConnection } from "../../runner/delete-connection.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { confirm } from "../confirm.ts";

export async function removeByName(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const name = input.argument("name");
  const connection = await deletableConnection(workspace, name);
  const secrets = await decideOnSecrets(context, input);
  const tables = input.flag("tables");
  const what = [
    `This removes the connection ${name} from config.json; a backup of the file is kept.`,
    secrets ? "Its secrets are removed too." : "Its secrets stay.",
    tables ? "The tables it loaded are dropped, with all their rows." : "The tables it loaded stay.",
  ];
  await confirm(context, { what: what.join(" "), answer: name, yes: input.flag("yes") });
  const dropped = await deleteConnection(workspace, connection, { secrets, tables });
  const list = dropped.length === 0 ? "" : ` Dropped: ${dropped.join(", ")}.`;
  return {
    data: { removed: name, secrets_removed: secrets, tables_dropped: dropped },
    text: `${name} is gone.${list}`,
  };
}

async function decideOnSecrets(context: CommandContext, input: CommandInput): Promise<boolean> {
  const [remove, keep] = [input.flag("secrets"), input.flag("keep-secrets")];
  if (remove && keep) throw new SluiceError("usage", "--secrets and --keep-secrets contradict each other.");
  if (remove || keep || input.flag("yes") || !context.prompt.available) return remove;
  return (
    (await context.prompt.choose("Remove its secrets too?", "--secrets or --keep-secrets", ["yes", "no"])) === "yes"
  );
}
