import type { Registry } from "../../connector/registry.ts";
import { isJsonObject, type JsonObject } from "../../core/json.ts";
import type { Config } from "../../workspace/config-schema.ts";
import { readConfigText } from "../../workspace/config-text.ts";
import { type ListedConnection, viewConfig } from "../../workspace/config-view.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { openRegistry } from "../open-registry.ts";
import { paintStatus } from "../status.ts";
import { formatTable } from "../table.ts";

/**
 * Programs ask for this list often; what only writing needs is not even loaded for them, nor are connectors. So `valid` is
 * what config.json's own schema says; people are told what the connector finds wrong with the options too.
 */
export async function listConnections(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const { config, connections, warnings } = viewConfig(await readConfigText(workspace));
  for (const warning of warnings) context.say(warning);
  const tags = input.list("tag");
  const chosen = connections.filter((listed) => tags.length === 0 || tagsOf(listed).some((tag) => tags.includes(tag)));
  const data = { workspace: workspace.root, connections: chosen.map((listed) => describe(listed, config)) };
  if (context.json) return { data, text: "" };
  const registry = await openRegistry(context);
  const shown = await Promise.all(chosen.map((listed) => checked(listed, connections.indexOf(listed), registry)));
  return { data, text: shown.length === 0 ? EMPTY : tableOf(shown, config, context) };
}

const EMPTY = "No connections yet. Add one with `sluice connections add`.";

/** A connection whose connector refuses its options is listed as one that cannot run. */
async function checked(listed: ListedConnection, index: number, registry: Registry): Promise<ListedConnection> {
  if (!listed.valid) return listed;
  const { optionProblems } = await import("../../runner/option-problems.ts");
  const problems = await optionProblems(registry, listed.connection, index);
  if (problems.length === 0) return listed;
  return { name: listed.name, valid: false, problems, raw: { ...listed.connection } as JsonObject };
}

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
    if (!listed.valid) return [listed.name, typeOf(listed), paintStatus("invalid", style), "", problemsOf(listed)];
    const { name, type, enabled, destination, title } = listed.connection;
    const status = paintStatus(enabled ? "enabled" : "disabled", style);
    return [name, type, status, destination ?? config.settings.destination, title ?? ""];
  });
  return formatTable(
    [{ title: "name" }, { title: "type" }, { title: "status" }, { title: "destination" }, { title: "title" }],
    rows,
  );
}

function typeOf({ raw }: Extract<ListedConnection, { valid: false }>): string {
  return isJsonObject(raw) && typeof raw.type === "string" ? raw.type : "";
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
