import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { conformanceChecks } from "../../src/connector/conformance/conformance-checks.ts";
import type { ConformanceFixture } from "../../src/connector/conformance/reading-checks.ts";
import { loadRegistry } from "../../src/connector/registry.ts";

/** Every file in connectors/ is checked; `test/connectors/<name>.fixture.ts` gives it something to read. */
const registry = loadRegistry({ builtin: fileURLToPath(new URL("../../connectors", import.meta.url)) });

for (const name of registry.names()) {
  const { connector } = await registry.load(name);
  const fixture = await fixtureOf(name);
  describe(`the connector ${name}`, () => {
    for (const { title, run } of conformanceChecks({ name, connector }, fixture)) it(title, run);
  });
}

async function fixtureOf(name: string): Promise<(() => Promise<ConformanceFixture>) | undefined> {
  const file = new URL(`./${name}.fixture.ts`, import.meta.url);
  if (!existsSync(file)) return undefined;
  const { prepare } = (await import(fileURLToPath(file))) as { prepare: () => Promise<ConformanceFixture> };
  return prepare;
}
