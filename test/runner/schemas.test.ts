import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { renderSchemas } from "../../scripts/schemas.ts";

const FOLDER = join(import.meta.dirname, "../../schemas");

test.for([...renderSchemas()])(
  "schemas/%s is what the code says; if not, run `npm run schemas`",
  async ([file, content]) => {
    expect(await readFile(join(FOLDER, file), "utf8")).toBe(content);
  },
);

test("readers of events may meet fields that came later, writers of config.json may not", () => {
  const schemas = renderSchemas();
  expect(schemas.get("event.schema.json")).not.toContain('"additionalProperties": false');
  expect(schemas.get("result.schema.json")).not.toContain('"additionalProperties": false');
  expect(schemas.get("config.schema.json")).toContain('"additionalProperties": false');
});
