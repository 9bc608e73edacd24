import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { runEvent } from "../src/core/events.ts";
import { runResult } from "../src/runner/run-result.ts";
import { runSummary } from "../src/runs/summary-file.ts";
import { configSchema } from "../src/workspace/config-schema.ts";

/** Writes the JSON Schemas of everything that other programs read or write into `schemas/`. */

const SCHEMAS: Record<string, { title: string; schema: z.ZodType }> = {
  "config.schema.json": { title: "config.json of a Sluice workspace", schema: configSchema },
  "event.schema.json": { title: "One line of a Sluice event log", schema: runEvent },
  "summary.schema.json": { title: "The summary of a Sluice run", schema: runSummary },
  "result.schema.json": { title: "The last line of sluice headless", schema: runResult },
};

/** File names and what they must hold. As input: a reader of events must not stumble over fields that come later. */
export function renderSchemas(): Map<string, string> {
  const files = Object.entries(SCHEMAS).map(([file, { title, schema }]): [string, string] => {
    const { $schema, ...body } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    return [file, `${JSON.stringify({ $schema, title, ...body }, undefined, 2)}\n`];
  });
  return new Map(files);
}

if (import.meta.main) {
  const folder = join(import.meta.dirname, "..", "schemas");
  await mkdir(folder, { recursive: true });
  for (const [file, content] of renderSchemas()) await writeFile(join(folder, file), content);
}
