import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { z } from "zod";
import type { Connector, ConnectorContext, StreamDefinition } from "../src/connector/define-connector.ts";
import { loadRegistry } from "../src/connector/registry.ts";
import { fieldMeaning, schemaFields } from "../src/connector/schema-fields.ts";

/** Where the pages are kept; `npm run docs` writes them, a test finds them stale. */
export const CONNECTOR_PAGES = new URL("../docs/connectors/", import.meta.url);

const CONNECTORS = fileURLToPath(new URL("../connectors", import.meta.url));

/** All pages by file name, made from the connectors themselves. */
export async function connectorPages(): Promise<Map<string, string>> {
  const registry = loadRegistry({ builtin: CONNECTORS });
  const pages = new Map<string, string>();
  const rows: string[] = [];
  for (const name of registry.names()) {
    const { connector } = await registry.load(name);
    pages.set(`${name}.md`, await page(connector));
    rows.push(`| [\`${name}\`](${name}.md) | ${connector.title} | ${connector.description} |`);
  }
  pages.set("README.md", index(rows));
  return pages;
}

function index(rows: readonly string[]): string {
  const head =
    "# Connectors\n\nMade from `connectors/` with `npm run docs`. To write one: [../connectors.md](../connectors.md).\n";
  return `${head}\n| name | system | what it reads |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
}

async function page(connector: Connector): Promise<string> {
  const { name, title, description, guide, options, secrets, login } = connector;
  const parts = [`# ${title}: \`${name}\``, description];
  if (guide !== undefined) {
    parts.push("## Connect", connectCommand(name, guide.example), "## Credentials", guide.credentials);
    if (login !== undefined) parts.push(LOGIN);
  }
  const fields = [["## Options", options] as const, ["## Secrets", secrets] as const];
  for (const [head, schema] of fields) if (Object.keys(schema.shape).length > 0) parts.push(head, fieldTable(schema));
  if (guide !== undefined) {
    parts.push("## Streams", guide.streams ?? streamTable(await streamsOf(connector)));
    parts.push("## Limits", guide.limits, "## Deletes", guide.deletes);
    if (guide.notes !== undefined) parts.push("## Good to know", guide.notes);
  }
  return `${parts.join("\n\n")}\n`;
}

const LOGIN =
  "Then `sluice connections login <connection>` shows the address of the service's own login, waits for its end and keeps the refresh token. Where there is no browser, `--paste` takes the address that it ends at.";

function connectCommand(name: string, example: object): string {
  const given = Object.entries(example).map(([key, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return ` \\\n  --option '${key}=${text}'`;
  });
  return `\`\`\`sh\nsluice connections add my_${name} --type ${name}${given.join("")}\n\`\`\``;
}

function fieldTable(schema: z.ZodObject): string {
  const rows = schemaFields(schema).map((field) => {
    return `| \`${field.name}\` | ${field.required ? "yes" : ""} | ${cell(fieldMeaning(field))} |`;
  });
  return `| name | required | meaning |\n| --- | --- | --- |\n${rows.join("\n")}`;
}

function streamTable(streams: readonly StreamDefinition[]): string {
  const rows = streams.map(({ name, description = "", mode = "append", primaryKey = [], cursorField = "" }) => {
    const key = primaryKey.map((field) => `\`${field}\``).join(", ");
    return `| \`${name}\` | ${cell(description)} | ${mode} | ${key} | ${cursorField === "" ? "" : `\`${cursorField}\``} |`;
  });
  return `| stream | holds | mode | key | cursor |\n| --- | --- | --- | --- | --- |\n${rows.join("\n")}`;
}

async function streamsOf({ streams, options, guide }: Connector): Promise<readonly StreamDefinition[]> {
  if (typeof streams !== "function") return streams as readonly StreamDefinition[];
  const ctx = { options: options.parse(guide?.example), secrets: {} } as ConnectorContext<never, never>;
  return (await streams(ctx)) as readonly StreamDefinition[];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

if (import.meta.main) {
  await mkdir(CONNECTOR_PAGES, { recursive: true });
  for (const [file, text] of await connectorPages()) await writeFile(new URL(file, CONNECTOR_PAGES), text);
}
