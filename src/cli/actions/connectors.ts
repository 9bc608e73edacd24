import { toJSONSchema, type z } from "zod";
import { fieldMeaning, type SchemaField, schemaFields } from "../../connector/schema-fields.ts";
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
  const options = schemaFields(connector.options);
  const secrets = schemaFields(connector.secrets);
  const parts = [`${context.style.bold(name)}: ${title}`, description, fieldTable("option", options)];
  if (secrets.length > 0) parts.push(fieldTable("secret", secrets));
  const schemas = { options_schema: schemaOf(connector.options), secrets_schema: schemaOf(connector.secrets) };
  const data = { name, title, description, origin, path, options, secrets, ...schemas };
  return { data, text: parts.join("\n\n") };
}

/** The author's own schema, as other programs can read it. */
function schemaOf(schema: z.ZodObject): unknown {
  return toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

function fieldTable(kind: string, fields: readonly SchemaField[]): string {
  const rows = fields.map((field) => [
    field.name,
    field.required ? "yes" : "no",
    fieldMeaning(field).replaceAll("`", ""),
  ]);
  return formatTable([{ title: kind }, { title: "required" }, { title: "meaning" }], rows);
}
