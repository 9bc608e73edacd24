import { SluiceError } from "../../core/errors.ts";
import { UUID_PATTERN } from "../../core/ids.ts";
import { isJsonObject } from "../../core/json.ts";
import { dropConnectionTables } from "../../databases/postgres/connection-tables.ts";
import { getConnection, readConfig, removeConnection } from "../../workspace/config-file.ts";
import type { Connection } from "../../workspace/config-schema.ts";
import type { Workspace } from "../../workspace/locate.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { confirm } from "../confirm.ts";
import { withConnectionLock } from "../connection-lock.ts";
import { openDestinationOf } from "../open-destination.ts";

export async function removeByName(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const name = input.argument("name");
  const connection = await removable(workspace, name);
  const secrets = await decideOnSecrets(context, input);
  const tables = input.flag("tables");
  const what = [
    `This removes the connection ${name} from config.json; a backup of the file is kept.`,
    secrets ? "Its secrets are removed too." : "Its secrets stay.",
    tables ? "The tables it loaded are dropped, with all their rows." : "The tables it loaded stay.",
  ];
  await confirm(context, { what: what.join(" "), answer: name, yes: input.flag("yes") });
  const dropped = await withConnectionLock(workspace, connection, "its removal", async () => {
    const gone = tables ? await dropTables(context, connection) : [];
    await removeConnection(workspace, name, { secrets });
    return gone;
  });
  const list = dropped.length === 0 ? "" : ` Dropped: ${dropped.join(", ")}.`;
  return {
    data: { removed: name, secrets_removed: secrets, tables_dropped: dropped },
    text: `${name} is gone.${list}`,
  };
}

/** A broken connection can be removed as well; it may lack the id that locks and tables hang on. */
async function removable(workspace: Workspace, name: string): Promise<Pick<Connection, "id" | "name" | "destination">> {
  const { connections } = await readConfig(workspace);
  const broken = connections.find((listed) => listed.name === name && !listed.valid);
  if (broken === undefined || broken.valid) return getConnection(workspace, name);
  const raw = isJsonObject(broken.raw) ? broken.raw : {};
  const destination = typeof raw.destination === "string" ? { destination: raw.destination } : {};
  return {
    id: typeof raw.id === "string" && UUID_PATTERN.test(raw.id) ? raw.id : `name-${name}`,
    name,
    ...destination,
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

async function dropTables(
  context: CommandContext,
  connection: Pick<Connection, "id" | "destination">,
): Promise<string[]> {
  if (!UUID_PATTERN.test(connection.id)) return [];
  await using destination = await openDestinationOf(context, connection);
  return await dropConnectionTables(destination.address, connection.id);
}
