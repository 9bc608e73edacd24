import type { Config } from "../../workspace/config-schema.ts";
import { readConfigText } from "../../workspace/config-text.ts";
import { type ListedConnection, viewConfig } from "../../workspace/config-view.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { paintStatus } from "../status.ts";
import { formatTable } from "../table.ts";

/** Programs ask for this list often; what only writing needs is not even loaded. */
export async function listConnections(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const { config, connections, warnings } = viewConfig(await readConfigText(workspace));
  for (const warning of warnings) context.say(warning);
  const tags = input.list("tag");
  const chosen = connections.filter((listed) => tags.length === 0 || tagsOf(listed).some((tag) => tags.includes(tag)));
  const data = { workspace: workspace.root, connections: chosen.map((listed) => describe(listed, config)) };
  return { data, text: chosen.length === 0 ? EMPTY : tableOf(chosen, config, context) };
}

const EMPTY = "No connections yet. Add one with `sluice connections add`.";

function describe(listed: ListedConnection, config: Config): object {
  if (!listed.valid) return { name: listed.name, valid: false, problems: listed.problems };
  const { id, name, title, type, enabled, tags, destination, state } = listed.connection;
  return {
    name,
    valid: true,
    id,
    title: title ?? null,
    type,
    enabled,
    tags,
    destination: destination ?? config.settings.destination,
    revision: state?.revision ?? null,
  };
}

function tableOf(connections: readonly ListedConnection[], config: Config, { style }: CommandContext): string {
  const rows = connections.map((listed) => {
    if (!listed.valid) return [listed.name, "", paintStatus("invalid", style), "", problemsOf(listed)];
    const { name, type, enabled, destination, title } = listed.connection;
    const status = paintStatus(enabled ? "enabled" : "disabled", style);
    return [name, type, status, destination ?? config.settings.destination, title ?? ""];
  });
  return formatTable(
    [{ title: "name" }, { title: "type" }, { title: "status" }, { title: "destination" }, { title: "title" }],
    rows,
  );
}

/** The first problem with its place inside the connection, and how many more there are. */
function problemsOf({ problems }: Extract<ListedConnection, { valid: false }>): string {
  const [first, ...others] = problems;
  if (first === undefined) return "";
  const place = first.path.replace(/^connections\[\d+\]\.?/, "");
  return `${place === "" ? "" : `${place}: `}${first.message}${others.length === 0 ? "" : ` (and ${others.length} more)`}`;
}

function tagsOf(listed: ListedConnection): readonly string[] {
  return listed.valid ? listed.connection.tags : [];
}
