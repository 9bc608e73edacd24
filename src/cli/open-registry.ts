import type { Registry } from "../connector/registry.ts";
import type { CommandContext } from "./command.ts";

/** The connectors of Sluice and of the workspace. */
export async function openRegistry(context: CommandContext): Promise<Registry> {
  const { loadRegistry } = await import("../connector/registry.ts");
  const { paths } = await context.workspace();
  return loadRegistry({ ...context.product.connectors, workspace: paths.connectors });
}
