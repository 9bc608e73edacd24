import { asSluiceError } from "../../core/errors.ts";
import { type Problem, schemaProblems } from "../../core/schema-problems.ts";
import { readConfig } from "../../workspace/config-file.ts";
import type { Connection } from "../../workspace/config-schema.ts";
import { unknownConnection } from "../../workspace/connection-unknown.ts";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { openRegistry } from "../open-registry.ts";
import { formatFields } from "../table.ts";

/** Shows a broken connection too: as it stands in the file, with its problems. */
export async function showConnection(context: CommandContext, input: CommandInput): Promise<Answer> {
  const workspace = await context.workspace();
  const { config, connections } = await readConfig(workspace);
  const name = input.argument("name");
  const listed = connections.find((candidate) => candidate.name === name);
  if (listed === undefined) {
    const known = connections.map((candidate) => candidate.name);
    throw unknownConnection(workspace, name, known);
  }
  if (!listed.valid) {
    const text = `${context.style.red("invalid")}\n${linesOf(listed.problems)}\n\n${JSON.stringify(listed.raw, undefined, 2)}`;
    return { data: { valid: false, problems: listed.problems, connection: listed.raw }, text };
  }
  const { connection } = listed;
  const problems = await optionProblems(context, connection, connections.indexOf(listed));
  const fields = formatFields([
    ["name", connection.name],
    ["title", connection.title ?? ""],
    ["type", connection.type],
    ["enabled", connection.enabled ? "yes" : "no"],
    ["destination", connection.destination ?? config.settings.destination],
    ["tags", connection.tags.join(", ")],
    ["id", connection.id],
  ]);
  const parts = [fields, section("schema", connection.schema), section("state", connection.state ?? null)];
  if (problems.length === 0) return { data: { valid: true, connection }, text: parts.join("\n") };
  const head = [context.style.red("invalid"), linesOf(problems), ""];
  return { data: { valid: false, problems, connection }, text: [...head, ...parts].join("\n") };
}

/** What the connector finds wrong with the options: only it knows them. */
async function optionProblems(context: CommandContext, connection: Connection, index: number): Promise<Problem[]> {
  const { type, schema } = connection;
  try {
    const { connector } = await (await openRegistry(context)).load(type);
    return schemaProblems(connector.options, schema.options ?? {}, ["connections", index, "schema", "options"]);
  } catch (error) {
    return [{ path: `connections[${index}].type`, message: asSluiceError(error).message }];
  }
}

function linesOf(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
}

function section(title: string, value: unknown): string {
  return `${title}: ${JSON.stringify(value, undefined, 2)}`;
}
