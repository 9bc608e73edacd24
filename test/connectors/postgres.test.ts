import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import postgres from "../../connectors/postgres.ts";

test("every option, setting and secret stands in the documentation", async () => {
  const text = await readFile(join(import.meta.dirname, "../../docs/postgres.md"), "utf8");
  const schemas = [postgres.options, postgres.secrets].map((schema) => z.toJSONSchema(schema, { io: "input" }));
  const missing = schemas.flatMap(fieldsOf).filter((field) => !text.includes(`\`${field}\``));
  expect(missing).toEqual([]);
});

/** Also of objects within. */
function fieldsOf(schema: unknown): string[] {
  const { properties = {}, additionalProperties } = schema as { properties?: object; additionalProperties?: unknown };
  const own = Object.entries(properties).flatMap(([name, inner]) => [name, ...fieldsOf(inner)]);
  return typeof additionalProperties === "object" ? [...own, ...fieldsOf(additionalProperties)] : own;
}
