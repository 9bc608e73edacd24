import { toJSONSchema, type z } from "zod";
import type { Answer, CommandContext, CommandInput } from "../command.ts";
import { openRegistry } from "../open-registry.ts";
import { paintStatus } from "../status.ts";
import { formatTable } from "../table.ts";

export async function listConnectors(context: CommandContext): Promise<Answer> {
  const connectors = await (await openRegistry(context)).list();
  const rows = connectors.map((listed) => [
    listed.name,
    listed.overrides ? "workspace, in place of the builtin" : listed.origin,
    listed.ok ? listed.title : paintStatus("failed", context.style),
    listed.ok ? listed.description : listed.error.message,
  ]);
  const table = formatTable(
    [{ title: "name" }, { title: "from" }, { title: "title" }, { title: "what it does" }],
    rows,
  );
  return { data: { connectors }, text: table };
}

export async function showConnector(context: CommandContext, input: CommandInput): Promise<Answer> {
  const { connector, path, origin } = await (await openRegistry(context)).load(input.argument("name"));
  const { name, title, description } = connector;
  const options = fieldsOf(connector.options);
  const secrets = fieldsOf(connector.secrets);
  const parts = [`${context.style.bold(name)}: ${title}`, description, fieldTable("option", options)];
  if (secrets.length > 0) parts.push(fieldTable("secret", secrets));
  const schemas = { options_schema: schemaOf(connector.options), secrets_schema: schemaOf(connector.secrets) };
  const data = { name, title, description, origin, path, options, secrets, ...schemas };
  return { data, text: parts.join("\n\n") };
}

interface Field {
  name: string;
  required: boolean;
  description: string;
  /** Its value unless given; undefined when there is none. */
  default?: unknown;
}

function fieldsOf(schema: z.ZodObject): Field[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { success: optional, data } = field.safeParse(undefined);
    const fallback = optional && data !== undefined ? { default: data } : {};
    return { name, required: !optional, description: field.description ?? "", ...fallback };
  });
}

/** The author's own schema, as other programs can read it. */
function schemaOf(schema: z.ZodObject): unknown {
  return toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

function fieldTable(kind: string, fields: readonly Field[]): string {
  const rows = fields.map(({ name, required, description, default: fallback }) => [
    name,
    required ? "yes" : "no",
    fallback === undefined ? description : `${description} Default: ${JSON.stringify(fallback)}.`,
  ]);
  return formatTable([{ title: kind }, { title: "required" }, { title: "meaning" }], rows);
}
