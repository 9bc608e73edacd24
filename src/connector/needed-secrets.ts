import type { z } from "zod";
import type { JsonObject } from "../core/json.ts";
import { type Problem, schemaProblems } from "../core/schema-problems.ts";
import type { Connector, NeededSecret } from "./define-connector.ts";

/** The secrets that a connection cannot do without: by the connector's schema, and by what its options make necessary. */
export function neededSecrets({ secrets, options, neededSecrets }: Connector, given: JsonObject): NeededSecret[] {
  const required = Object.entries(secrets.shape).flatMap(([field, schema]) =>
    (schema as z.ZodType).safeParse(undefined).success ? [] : [{ secret: field }],
  );
  const parsed = options.safeParse(given);
  return [...required, ...(parsed.success ? (neededSecrets?.(parsed.data) ?? []) : [])];
}

/** All that is missing or wrong among the secrets of a connection with these options. */
export function secretProblems(connector: Connector, options: JsonObject, values: Record<string, string>): Problem[] {
  const problems = schemaProblems(connector.secrets, values);
  const told = new Set(problems.map(({ path }) => path));
  const lacking = neededSecrets(connector, options).filter(
    ({ secret, or = [] }) => !told.has(secret) && [secret, ...or].every((field) => values[field] === undefined),
  );
  return [...problems, ...lacking.map((needed) => ({ path: needed.secret, message: lackOf(needed) }))];
}

function lackOf({ or = [], instead }: NeededSecret): string {
  const others = [...or.map((field) => `the secret \`${field}\``), ...(instead === undefined ? [] : [instead])];
  return others.length === 0 ? "is missing." : `is missing. In its place will do: ${others.join(" or ")}.`;
}
