import type { Problem } from "../../core/schema-problems.ts";
import { optionProblems } from "../../runner/option-problems.ts";
import { readConfig } from "../../workspace/config-file.ts";
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
  const problems = await optionProblems(await openRegistry(context), connection, connections.indexOf(listed));
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

function linesOf(problems: readonly Problem[]): string {
  return problems.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
}

function section(title: string, value: unknown): string {
  return `${title}: ${JSON.stringify(value, undefined, 2)}`;
}
