/**
 * A process of its own, as a user's would be, that loads one connector of a workspace and prints what came of it:
 * `node workspace-loader.ts <connectors folder> <name>`
 */
import { fileURLToPath } from "node:url";
import { ConnectorError } from "../../src/connector/index.ts";
import { loadRegistry } from "../../src/connector/registry.ts";
import { connectorContext } from "../harness/connector-context.ts";

const [workspace = "", name = ""] = process.argv.slice(2);
const builtin = fileURLToPath(new URL("../../connectors", import.meta.url));

try {
  const { connector, origin } = await loadRegistry({ builtin, workspace }).load(name);
  const ctx = connectorContext({ options: {}, secrets: {}, connection: name, workspace });
  const checked = await connector.check(ctx).catch((error: unknown) => error);
  const isOurs = checked instanceof ConnectorError;
  process.stdout.write(
    JSON.stringify({ title: connector.title, origin, isOurs, checked: isOurs ? checked.code : checked }),
  );
} catch (error) {
  const { code, message, details } = error as ConnectorError;
  process.stdout.write(JSON.stringify({ code, message, details }));
}
