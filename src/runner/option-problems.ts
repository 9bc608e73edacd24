import type { Registry } from "../connector/registry.ts";
import { asSluiceError } from "../core/errors.ts";
import { type Problem, schemaProblems } from "../core/schema-problems.ts";
import type { Connection } from "../workspace/config-schema.ts";

/** What its connector finds wrong with a connection's options: only it knows them. `index` is its place in config.json. */
export async function optionProblems(
  registry: Registry,
  { type, schema }: Pick<Connection, "type" | "schema">,
  index: number,
): Promise<Problem[]> {
  try {
    const { connector } = await registry.load(type);
    return schemaProblems(connector.options, schema.options ?? {}, ["connections", index, "schema", "options"]);
  } catch (error) {
    return [{ path: `connections[${index}].type`, message: asSluiceError(error).message }];
  }
}
