import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { restOptions } from "../../../src/connector/rest/rest-options.ts";
import { schemaProblems } from "../../../src/core/schema-problems.ts";

const ROOT = join(import.meta.dirname, "../../..");
const page = await readFile(join(ROOT, "docs/rest-api.md"), "utf8");

test("the page names every option", () => {
  const names = new Set<string>();
  collect(z.toJSONSchema(restOptions(), { io: "input", unrepresentable: "any" }), names);
  expect(names.size).toBeGreaterThan(60);
  expect([...names].filter((name) => !new RegExp(`[\`"]${name}[\`"]`).test(page))).toEqual([]);
});

test("every example on the page is valid", () => {
  const examples = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, text = ""]) => JSON.parse(text));
  expect(examples.length).toBeGreaterThan(4);
  for (const example of examples) expect(schemaProblems(restOptions(), example)).toEqual([]);
});

test.each(["github", "stripe", "hubspot", "jira"])("the example of %s is valid as it stands", async (vendor) => {
  const config = JSON.parse(await readFile(join(ROOT, "examples", vendor, "config.json"), "utf8"));
  expect(schemaProblems(restOptions(), config.connections[0].schema.options)).toEqual([]);
});

function collect(schema: unknown, names: Set<string>): void {
  if (typeof schema !== "object" || schema === null) return;
  for (const [key, inner] of Object.entries(schema)) {
    if (key === "properties") for (const name of Object.keys(inner as object)) names.add(name);
    collect(inner, names);
  }
}
