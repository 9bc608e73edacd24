import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, it } from "vitest";
import { conformanceChecks } from "../../src/connector/conformance/conformance-checks.ts";
import type { Prepare } from "../../src/connector/conformance/open-fixture.ts";
import type { Waivers } from "../../src/connector/conformance/waivers.ts";
import { loadRegistry } from "../../src/connector/registry.ts";

/** Every file in connectors/ is checked; `test/connectors/<name>.fixture.ts` gives it something to read. */
const registry = loadRegistry({ builtin: fileURLToPath(new URL("../../connectors", import.meta.url)) });

/** Declares the checks of one share of the connectors: each share is a test file, so that several run at once. */
export async function checkShare(share: number, shares: number): Promise<void> {
  const names = registry.names().filter((_, index) => index % shares === share - 1);
  for (const name of names) {
    const { connector } = await registry.load(name);
    const { prepare, waivers } = await fixtureOf(name);
    describe(`the connector ${name}`, () => {
      for (const { title, run } of conformanceChecks({ name, connector }, prepare, waivers)) it(title, run);
    });
  }
}

interface FixtureFile {
  prepare?: Prepare;
  /** Why the connector need not keep to a check, by the check's title. */
  waivers?: Waivers;
}

async function fixtureOf(name: string): Promise<FixtureFile> {
  const file = new URL(`./${name}.fixture.ts`, import.meta.url);
  return existsSync(file) ? ((await import(fileURLToPath(file))) as FixtureFile) : {};
}
